// Contract schemas: zod for parsing, JSON Schema for everything that reads a contract as data.
// Owns: marks on fields, the JSON Schema form, and the check that a schema hides nothing from it.
// Does not own: what a mark means to policy, planner or trace.

import { z } from "zod"
import { plainObject, type Json } from "../json/json.ts"

/** What a field means beyond its shape (contracts.md section 1). */
export type Mark = "policy" | "target" | "pii" | "secret" | "trusted" | "subject"

/** A JSON Schema 2020-12 document as data. */
export type JsonSchema = { readonly [keyword: string]: Json }

/** Gives a field its marks, and its unit where it is a quantity. Call it last: it answers a new schema. */
export function mark<S extends z.ZodType>(schema: S, marks: readonly Mark[], unit?: string): S {
  return schema.meta({ "x-marks": [...marks].sort(), ...(unit === undefined ? {} : { "x-unit": unit }) })
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

/** Paths to the nodes of a JSON Schema that are marked both secret and seen by policy, which no field may be (INV-13). */
export function markConflicts(node: Json, at = ""): readonly string[] {
  if (typeof node !== "object" || node === null) return []
  const inner = Object.entries(node).flatMap(([name, child]: [string, Json]) =>
    markConflicts(child, `${at}/${name}`),
  )
  const marks = Array.isArray(node) ? [] : marksOf(node as JsonSchema)
  return marks.includes("secret") && marks.includes("policy") ? [at, ...inner] : inner
}

/** The JSON Schema of a zod schema, without `$schema`. Throws on shapes that JSON cannot carry. */
export function jsonSchemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "throw" })
  return plainObject(rest)
}

const hidden = new Set(["custom", "overwrite"])
/** Formats that zod writes down and JSON Schema does not know; a pattern says the same to everybody. */
const foreignFormats = new Set(["starts_with", "ends_with", "includes", "lowercase", "uppercase"])
const refused = new Set([
  "date",
  "bigint",
  "map",
  "set",
  "symbol",
  "transform",
  "pipe",
  "promise",
  "function",
  "any",
  "undefined",
  "nan",
  "file",
  "custom",
])

/**
 * What a schema holds that its JSON Schema would not say: refinements, transforms, open objects, types that are not JSON.
 * Empty for a schema that may stand in a contract.
 */
export function schemaSecrets(schema: z.ZodType): readonly string[] {
  const found: string[] = []
  const seen = new Set<unknown>()
  const visit = (node: unknown, at: string): void => {
    if (!(node instanceof z.ZodType) || seen.has(node)) return
    seen.add(node)
    const def: Record<string, unknown> = { ...node._zod.def }
    const type = String(def["type"])
    if (refused.has(type)) found.push(`${at}: ${type} is not JSON, or says less than it does`)
    const checks = Array.isArray(def["checks"]) ? def["checks"] : []
    for (const check of checks) {
      const { kind, format } = kindOf(check)
      if (hidden.has(kind)) found.push(`${at}: a ${kind} check is not visible in the schema`)
      if (hasFlags(check)) found.push(`${at}: the flags of a pattern are not visible in the schema`)
      if (foreignFormats.has(format)) found.push(`${at}: a ${format} check is no JSON Schema: use a pattern`)
    }
    if (type === "object" && def["catchall"] === undefined) found.push(`${at}: the object is open`)
    for (const [name, child] of children(def)) visit(child, `${at}/${name}`)
  }
  visit(schema, "")
  return found
}

function kindOf(check: unknown): { readonly kind: string; readonly format: string } {
  const unknownCheck = { kind: "custom", format: "" }
  if (typeof check !== "object" || check === null || !("_zod" in check)) return unknownCheck
  const inner = check._zod
  if (typeof inner !== "object" || inner === null || !("def" in inner)) return unknownCheck
  const def = inner.def
  if (typeof def !== "object" || def === null || !("check" in def)) return unknownCheck
  return { kind: String(def.check), format: "format" in def ? String(def.format) : "" }
}

// JSON Schema reads every pattern alike; only `u` changes nothing that it says. Formats of zod's own are known by their name.
function hasFlags(check: unknown): boolean {
  return check instanceof z.core.$ZodCheckRegex && /[^u]/.test(check._zod.def.pattern.flags)
}

function children(def: Record<string, unknown>): readonly (readonly [string, unknown])[] {
  const shape = typeof def["shape"] === "object" && def["shape"] !== null ? Object.entries(def["shape"]) : []
  const options = Array.isArray(def["options"])
    ? def["options"].map((option, i): [string, unknown] => [String(i), option])
    : []
  const items = Array.isArray(def["items"])
    ? def["items"].map((item, i): [string, unknown] => [String(i), item])
    : []
  const single = ["element", "innerType", "valueType", "keyType", "in", "out"].map(
    (name): [string, unknown] => [name, def[name]],
  )
  return [...shape, ...options, ...items, ...single]
}
