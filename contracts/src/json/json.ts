// What a JSON value is, once a strict parser let it through.

/** Any JSON value. Numbers are finite, strings well formed; objects are plain. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [key: string]: Json }
