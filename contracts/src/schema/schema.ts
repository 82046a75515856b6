// Contract schemas: zod for parsing, JSON Schema for everything that reads a contract as data.
// Owns: marks on fields and the JSON Schema form. Does not own: what a mark means to policy, planner or trace, nor that
// the form says all that the schema does (schema-secrets.ts).

import { z } from "zod"
import { targetForms, type TargetForm } from "../normal/normal-form.ts"
import { isObject, plainObject, type Json } from "../json/json.ts"
import { formatPointer, parsePointer } from "../json/json-pointer.ts"

/**
 * What a field means beyond its shape. Rules read a field that is marked `policy` as it is, of a list marked `counted` how many
 * it holds, and a time marked `dated` in seconds since 1970; of a field without one of these they read nothing. A target that
 * is text may say its form beside: then policy, people, the handler and the trace see it in one spelling, however it was written.
 */
export type Mark =
  | "policy"
  | "counted"
  | "dated"
  | "target"
  | "pii"
  | "secret"
  | "trusted"
  | "subject"
  | TargetForm

/** The marks by which rules read a field. */
export const seenByPolicy: ReadonlySet<string> = new Set<Mark>(["policy", "counted", "dated"])

/** A JSON Schema 2020-12 document as data. */
export type JsonSchema = { readonly [keyword: string]: Json }

/**
 * Gives a field its marks, and its unit where it is a quantity. Call it last: it answers a new schema.
 * A target whose schema is a format that has a form (`z.url()`, `z.email()`, `z.hostname()`) has that form unless another is given.
 */
export function mark<S extends z.ZodType>(schema: S, marks: readonly Mark[], unit?: string): S {
  const all = new Set<Mark>([...marks, ...formOfFormat(schema, marks)])
  return schema.meta({ "x-marks": [...all].sort(), ...(unit === undefined ? {} : { "x-unit": unit }) })
}

const formsOfFormats: { readonly [format: string]: TargetForm } = {
  url: "url",
  email: "email",
  hostname: "host",
}

function formOfFormat(schema: z.ZodType, marks: readonly Mark[]): readonly TargetForm[] {
  if (!marks.includes("target") || targetForms.some((form) => marks.includes(form))) return []
  const inner = schema instanceof z.ZodOptional || schema instanceof z.ZodNullable ? schema.unwrap() : schema
  const form = inner instanceof z.ZodStringFormat ? formsOfFormats[inner._zod.def.format] : undefined
  return form === undefined ? [] : [form]
}

/**
 * A field that takes one of the named secrets: `{"$secret": name}`, never the secret itself (INV-13).
 * The names are part of the contract; what they stand for is known to its handler's adapter alone.
 */
export const secretField = (names: readonly [string, ...string[]]) =>
  mark(z.strictObject({ $secret: z.enum(names) }), ["secret"])

/** The marks of a JSON Schema node, sorted; empty when it has none. */
export function marksOf(node: JsonSchema): readonly string[] {
  const marks = node["x-marks"]
  return Array.isArray(marks) ? marks.filter((mark) => typeof mark === "string") : []
}

/** The definition that a reference inside a JSON Schema names; null when it names none of the schema's own. */
export function definitionAt(root: JsonSchema, ref: Json | undefined): JsonSchema | null {
  const path = typeof ref === "string" && ref.startsWith("#") ? parsePointer(ref.slice(1)) : null
  if (path === null || !path.ok) return null
  const [keyword, name, ...rest] = path.value
  const definitions = root["$defs"]
  if (keyword !== "$defs" || name === undefined || rest.length > 0 || !isObject(definitions)) return null
  const found = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  return isObject(found) ? found : null
}

/** JSON Pointers of the nodes of a JSON Schema that are marked both secret and seen by policy, which no field may be (INV-13). */
export function markConflicts(node: Json, at: readonly string[] = []): readonly string[] {
  if (typeof node !== "object" || node === null) return []
  const inner = Object.entries(node).flatMap(([name, child]: [string, Json]) =>
    markConflicts(child, [...at, name]),
  )
  const marks = Array.isArray(node) ? [] : marksOf(node as JsonSchema)
  const seen = marks.some((mark) => seenByPolicy.has(mark))
  return seen && marks.includes("secret") ? [formatPointer(at), ...inner] : inner
}

/** Whether rules read anything in values of a part of a schema; true also for a reference, which leads out of the part. */
export function readByRules(node: Json): boolean {
  if (typeof node !== "object" || node === null) return false
  if (Array.isArray(node)) return node.some(readByRules)
  const marked = marksOf(node as JsonSchema).some((mark) => seenByPolicy.has(mark))
  return marked || "$ref" in node || Object.values(node).some(readByRules)
}

/** The JSON Schema of a zod schema, without `$schema`. Throws on shapes that JSON cannot carry. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "throw" })
  return plainObject(rest)
}
