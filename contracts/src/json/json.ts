// What a JSON value is, once a strict parser let it through.
// Owns: the type. Does not own: parsing (parse-json.ts), spelling (canonical.ts).

/** Any JSON value. Numbers are finite, strings well formed; objects are plain. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }
