// What a JSON value is, once a strict parser let it through.
// Owns: the type, and the guard for objects. Does not own: parsing (parse-json.ts), spelling (canonical.ts).

/** Any JSON value. Numbers are finite, strings well formed; objects are plain. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** True for an object: not a list, not null. */
export function isObject(value: Json | undefined): value is JsonObject
export function isObject(value: unknown): value is Readonly<Record<string, unknown>>
export function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

/** The object itself; an empty one for any other value. */
export const objectOf = (value: Json | undefined): JsonObject => (isObject(value) ? value : {})

/** A typed value as plain JSON: absent fields are left out, and nothing is shared with the original. */
export function plainJson(value: unknown): Json {
  // Straight after a parse: what JSON.parse answers is JSON.
  return JSON.parse(JSON.stringify(value)) as Json
}

/** The same for an object. */
export function plainObject(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject
}
