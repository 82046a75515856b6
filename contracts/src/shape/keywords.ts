// The keywords of JSON Schema that are understood, and what their values have to be.
// Owns: these lists. Does not own: what a keyword says (schema-type.ts).

import type { JsonSchema } from "../schema/schema.ts"
import { isObject, type Json } from "../json/json.ts"
import { isList } from "../plan/reference.ts"

/** Keywords that say nothing about which values are accepted. */
const annotations = new Set([
  "title",
  "description",
  "examples",
  "$comment",
  "deprecated",
  "default",
  "$schema",
  "$id",
  "$defs",
  "id",
  "readOnly",
  "writeOnly",
])

type Test = (value: Json) => boolean
const isNumber: Test = (value) => typeof value === "number"
const isAboveZero: Test = (value) => typeof value === "number" && value > 0
const isText: Test = (value) => typeof value === "string"
const isBoolean: Test = (value) => typeof value === "boolean"
const isSchemaOrBoolean: Test = (value) => isObject(value) || isBoolean(value)
const isTexts: Test = (value) => isList(value) && value.every(isText)
type Tests = { readonly [keyword: string]: Test }

const ofNumbers: Tests = {
  minimum: isNumber,
  maximum: isNumber,
  exclusiveMinimum: isNumber,
  exclusiveMaximum: isNumber,
  multipleOf: isAboveZero,
}
/** The keywords of each type, each with what its value has to be. */
const ofTypes: { readonly [type: string]: Tests } = {
  string: { minLength: isNumber, maxLength: isNumber, format: isText, pattern: isText, allOf: isList },
  integer: ofNumbers,
  number: ofNumbers,
  array: {
    items: isSchemaOrBoolean,
    prefixItems: isList,
    minItems: isNumber,
    maxItems: isNumber,
    uniqueItems: isBoolean,
  },
  object: {
    properties: isObject,
    required: isTexts,
    additionalProperties: isSchemaOrBoolean,
    propertyNames: isSchemaOrBoolean,
  },
}
const ofAll: Tests = Object.fromEntries(Object.values(ofTypes).flatMap((tests) => Object.entries(tests)))

/** The keywords that say something about values of a type. */
export const keywordsOf = (type: string): readonly string[] => Object.keys(ofTypes[type] ?? {})

/** False when a keyword has a value that it cannot have: the schema then has no known meaning. */
export const isWellFormed = (node: JsonSchema): boolean =>
  Object.entries(node).every(([key, value]) => ofAll[key]?.(value) ?? true)

/** True when a schema has these keywords and no other that says anything about values. */
export const hasOnly = (node: JsonSchema, keywords: ReadonlySet<string>): boolean =>
  Object.keys(node).every((key) => keywords.has(key) || annotations.has(key) || key.startsWith("x-"))
