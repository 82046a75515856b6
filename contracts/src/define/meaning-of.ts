// The part of a contract that its digest covers: everything but the words in its schemas that only people read.
// Owns: which keywords those are, and where a schema is read as a schema. Does not own: the digest (define.ts, from-document.ts).
// A literal is a value wherever it is written: its members count, whatever they are called.

import { plainObject } from "../json/json.ts"
import type { ContractDocument } from "./contract.ts"

/** The fields of a contract that hold a schema. */
const schemaFields = new Set(["input", "output", "payload"])
/** Keywords that only people read. `examples` is not one of them: it holds literals, and has always counted. */
const words = new Set(["title", "description", "$comment", "deprecated"])
/** Keywords that hold a schema or a list of schemas. A keyword that is in neither list counts as it is written. */
const schemaKeywords = new Set([
  "items",
  "prefixItems",
  "additionalProperties",
  "propertyNames",
  "not",
  "anyOf",
  "oneOf",
  "allOf",
])
/** Keywords that hold a schema for each name. */
const namedSchemas = new Set(["properties", "$defs"])

/** What the digest of a contract covers of its fields. */
export const meaningOf = (semantic: { readonly [field: string]: unknown }): ContractDocument =>
  plainObject(mapMembers(semantic, (field, value) => (schemaFields.has(field) ? withoutWords(value) : value)))

function withoutWords(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(withoutWords)
  if (!isObject(schema)) return schema
  const kept = Object.fromEntries(Object.entries(schema).filter(([keyword]) => !words.has(keyword)))
  return mapMembers(kept, (keyword, value) => {
    if (schemaKeywords.has(keyword)) return withoutWords(value)
    return namedSchemas.has(keyword) && isObject(value)
      ? mapMembers(value, (_name, named) => withoutWords(named))
      : value
  })
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const mapMembers = (object: object, change: (name: string, value: unknown) => unknown): object =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]: [string, unknown]) => [name, change(name, value)]),
  )
