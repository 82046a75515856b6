// Checks the names of `--fields`: a name that no answer can have is an error, not a column of dashes.
// Where the answer has a declared shape, the check runs before the command does anything. Does not own: picking (show-ending.ts).

import { z } from "zod"
import { type JsonSchema, isList, isObject } from "@counterfoil/contracts"
import { CliError } from "./cli-error.ts"
import type { Shown } from "./command.ts"
import { fieldAt } from "./show-ending.ts"

/** Errors: usage, for a field that no answer of this shape has; the error lists the existing fields. */
export function refuseUnknownFields(document: z.ZodType, asked: readonly string[]): void {
  const root = z.toJSONSchema(document, { io: "output", unrepresentable: "any" }) as JsonSchema
  const record = recordIn(root)
  refuse(
    asked.filter((path) => !has(root, record, path.split("."))),
    namesIn(root, record),
  )
}

/** The same check against the answer itself, where no shape is declared. An answer without a record is not checked. */
export function refuseAbsentFields({ document, items }: Shown, asked: readonly string[]): void {
  const records = items ?? [document]
  if (records.length === 0) return
  refuse(
    asked.filter((path) => records.every((record) => fieldAt(record, path) === undefined)),
    records.flatMap((record) => (isObject(record) ? Object.keys(record) : [])),
  )
}

function refuse(unknown: readonly string[], names: readonly string[]): void {
  if (unknown.length === 0) return
  const says = unknown.includes("")
    ? "--fields names no field"
    : `The answer has no ${unknown.join(" and no ")}`
  throw new CliError(`${says}.`, {
    lines: [`its fields are ${[...new Set(names)].toSorted().join(", ")}`],
    fix: "name some of these with --fields; a.b is b inside a",
  })
}

/** The schema of what one line of `--fields` shows: an item of a list, or the whole document. */
function recordIn(root: JsonSchema): JsonSchema {
  const { items } = propertiesOf(root)
  return isObject(items) && isObject(items["items"]) ? items["items"] : root
}

const propertiesOf = (schema: JsonSchema): JsonSchema =>
  isObject(schema["properties"]) ? schema["properties"] : {}

/** A schema with its alternatives and references, each unchanged. */
function variantsOf(root: JsonSchema, schema: JsonSchema): readonly JsonSchema[] {
  const { $ref: reference } = schema
  if (typeof reference === "string") {
    const target = isObject(root["$defs"]) ? root["$defs"][reference.replace("#/$defs/", "")] : undefined
    return isObject(target) ? variantsOf(root, target) : []
  }
  const inside = ["anyOf", "oneOf", "allOf"].flatMap((word) => {
    const each = schema[word]
    return isList(each) ? each.filter((one) => isObject(one)) : []
  })
  return [schema, ...inside.flatMap((one) => variantsOf(root, one))]
}

function has(root: JsonSchema, schema: JsonSchema, [name, ...rest]: readonly string[]): boolean {
  if (name === undefined) return true
  return variantsOf(root, schema).some((variant) => {
    const inner = propertiesOf(variant)[name]
    if (isObject(inner)) return has(root, inner, rest)
    // A record, or any JSON: its field names depend on the data.
    const others = variant["additionalProperties"]
    if (isObject(others)) return has(root, others, rest)
    return !["type", "properties", "anyOf", "oneOf", "allOf", "const", "enum"].some((word) => word in variant)
  })
}

const namesIn = (root: JsonSchema, schema: JsonSchema): readonly string[] =>
  variantsOf(root, schema).flatMap((variant) => Object.keys(propertiesOf(variant)))
