// The part of a contract's input that policy sees, as types: read from the JSON Schema, used twice.
// Owns: the shape, its Cedar type, and turning a JSON value into Cedar's form of it. Does not own: which fields are marked.
// A value that does not fit is refused here, so that nothing untyped reaches the engine (INV-04).

import {
  isObject,
  definitionAt,
  err,
  formatPointer,
  instantMs,
  marksOf,
  seenByPolicy,
  ok,
  targetForms,
  type Json,
  type JsonSchema,
  type Result,
  type TargetForm,
} from "@counterfoil/contracts"
import type { Type } from "@cedar-policy/cedar-wasm/nodejs"

/**
 * The type of one field that policy sees. A `time` is text in JSON and epoch seconds in Cedar; text that names a target has the
 * form in whose one spelling policy sees it.
 */
export type InputShape =
  | { readonly kind: "long" | "boolean" | "time" }
  | { readonly kind: "string" | "strings"; readonly form?: TargetForm }
  | { readonly kind: "record"; readonly fields: readonly InputField[] }

/** One field of a record, sorted by name. */
interface InputField {
  readonly name: string
  readonly required: boolean
  readonly shape: InputShape
}

type RecordShape = Extract<InputShape, { kind: "record" }>

/** The shape of what rules read of an input; an empty record when that is nothing. */
export function inputShapeOf(schema: JsonSchema): Result<RecordShape, string> {
  try {
    return ok(projected(schema, schema, [], false) ?? { kind: "record", fields: [] })
  } catch (thrown) {
    if (thrown instanceof UnfitField) return err(thrown.message)
    throw thrown
  }
}

/** The Cedar type of a shape. */
export function cedarTypeOf(shape: InputShape): Type<string> {
  switch (shape.kind) {
    case "long":
    case "time":
      return { type: "Long" }
    case "boolean":
      return { type: "Boolean" }
    case "string":
      return { type: "String" }
    case "strings":
      return { type: "Set", element: { type: "String" } }
    case "record":
      return {
        type: "Record",
        attributes: Object.fromEntries(
          shape.fields.map((field) => [
            field.name,
            { ...cedarTypeOf(field.shape), required: field.required },
          ]),
        ),
      }
  }
}

/** A JSON value in Cedar's form, or null when it does not fit its shape. Unknown fields do not fit. */
export function toCedar(shape: InputShape, value: Json | undefined): CedarValue | null {
  switch (shape.kind) {
    case "long":
      return Number.isSafeInteger(value) && typeof value === "number" ? value : null
    case "boolean":
      return typeof value === "boolean" ? value : null
    case "string":
      return isText(value) ? value : null
    case "time":
      return isText(value) ? secondsOf(value) : null
    case "strings":
      return Array.isArray(value) && value.every(isText) ? [...new Set(value)].sort() : null
    case "record":
      return recordToCedar(shape, value)
  }
}

/** Epoch seconds of an instant that exists; finer than milliseconds counts for nothing. Null for any other text. */
function secondsOf(text: string): number | null {
  const ms = instantMs(text.replace(/(\.\d{3})\d{1,6}(?=[Z+-])/, "$1"))
  return ms === null ? null : Math.floor(ms / 1000)
}

/** A value as Cedar's JSON form has it, of the few kinds that a shape can hold. */
export type CedarValue = boolean | number | string | string[] | { [field: string]: CedarValue }

function recordToCedar(shape: RecordShape, value: Json | undefined): CedarValue | null {
  if (!isObject(value)) return null
  const names = new Set(shape.fields.map((field) => field.name))
  if (Object.keys(value).some((name) => !names.has(name))) return null
  const members: [string, CedarValue][] = []
  for (const field of shape.fields) {
    const present = Object.hasOwn(value, field.name)
    if (!present && !field.required) continue
    const inner = present ? toCedar(field.shape, value[field.name]) : null
    if (inner === null) return null
    members.push([field.name, inner])
  }
  // Not by assignment: `__proto__` would be no member of the record.
  return Object.fromEntries(members)
}

class UnfitField extends Error {}

/** The marked part of a node; null when nothing in it is marked. */
function projected(
  root: JsonSchema,
  node: JsonSchema,
  at: readonly string[],
  whole: boolean,
): RecordShape | null {
  const properties = node["properties"]
  if (!isObject(properties)) return null
  const required = Array.isArray(node["required"]) ? node["required"] : []
  const fields = Object.entries(properties).flatMap(([name, child]): readonly InputField[] => {
    if (!isObject(child)) return []
    const marked = whole || marksOf(child).some((mark) => seenByPolicy.has(mark))
    const inner = marked
      ? markedShape(root, child, [...at, name], whole)
      : projected(root, child, [...at, name], false)
    if (inner === null) return []
    // An unmarked object whose marked fields are all absent is left out of the projection as a whole.
    const present = marked || inner.kind !== "record" || inner.fields.some((field) => field.required)
    return [{ name, required: present && required.includes(name), shape: inner }]
  })
  if (fields.length === 0 && !whole) return null
  return { kind: "record", fields: [...fields].sort((a, b) => (a.name < b.name ? -1 : 1)) }
}

/** The shape of a field that rules read. Inside a record that they read whole, every field is read as it is. */
function markedShape(root: JsonSchema, node: JsonSchema, at: readonly string[], whole: boolean): InputShape {
  const marks = whole ? [] : marksOf(node)
  const { type } = resolved(root, node)
  if (marks.includes("counted")) {
    if (type === "array") return { kind: "long" }
    throw new UnfitField(`${formatPointer(at)}: policy counts lists alone`)
  }
  if (marks.includes("dated")) {
    if (type === "string") return { kind: "time" }
    throw new UnfitField(`${formatPointer(at)}: policy reads times from text alone`)
  }
  return shapeOf(root, node, at)
}

function shapeOf(root: JsonSchema, given: JsonSchema, at: readonly string[]): InputShape {
  const node = resolved(root, given)
  const form = targetForms.find((each) => marksOf(given).includes(each) || marksOf(node).includes(each))
  const text: InputShape = form === undefined ? { kind: "string" } : { kind: "string", form }
  const values = Array.isArray(node["enum"])
    ? node["enum"]
    : Object.hasOwn(node, "const")
      ? [node["const"]]
      : null
  if (values !== null && values.every((value) => typeof value === "string")) return text
  const { type } = node
  if (type === "integer") return { kind: "long" }
  if (type === "boolean") return { kind: "boolean" }
  if (type === "string") return node["format"] === "date-time" ? { kind: "time" } : text
  if (type === "array" && isObject(node["items"])) {
    const items = shapeOf(root, node["items"], [...at, "*"])
    if (items.kind === "string") return { ...items, kind: "strings" }
  }
  const record =
    type === "object" && node["additionalProperties"] === false ? projected(root, node, at, true) : null
  if (record !== null) return record
  throw new UnfitField(
    `${formatPointer(at)}: policy sees integers, booleans, text, times, sets of text and closed records of those`,
  )
}

function resolved(root: JsonSchema, node: JsonSchema): JsonSchema {
  return definitionAt(root, node["$ref"]) ?? node
}

const isText = (value: unknown): value is string => typeof value === "string" && value.isWellFormed()
