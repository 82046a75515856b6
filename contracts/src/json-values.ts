// JSON values as programs handle them: lists, and typed values as documents.
// Owns: those two readings of a value. Does not own: parsing bytes (contracts), or any schema.

import { AnyJson } from "./primitives.ts"
import { isObject, type Json, type JsonObject } from "./json/json.ts"

/** The items of a list; none for anything else. */
export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value.map((item) => AnyJson.parse(item)) : []
}

/** A typed value as a JSON document: members that are `undefined` are left out. */
export function documentOf(value: object): JsonObject {
  const json = AnyJson.parse(JSON.parse(JSON.stringify(value)))
  return isObject(json) ? json : { value: json }
}
