// How large a JSON document may be, and what can be wrong with one.
// Owns: the named bounds and the problems a parser reports. Does not own: parsing.

/** Bounds of one document. All inclusive: a document at the limit is accepted. */
export type JsonLimits = {
  readonly bytesMax: number
  readonly depthMax: number
  readonly keysMax: number
  readonly itemsMax: number
  readonly stringBytesMax: number
}

/** Whole document, in bytes: a draft of 256 steps fits; parsing stays within a few milliseconds. */
const documentBytesMax = 256 * 1024
/** Nested arrays and objects. No contract of the control plane nests deeper than 10; every recursion over JSON stays shallow. */
export const depthMax = 32
/** Keys of one object: more than any schema names; keeps key comparison cheap. */
export const keysMax = 256
/** Elements of one array: the most that a fan-out may run over. */
export const itemsMax = 1000
/** One string or key, in bytes of UTF-8: longer content belongs in a blob that is named by digest. */
export const stringBytesMax = 64 * 1024

/** The bounds where a contract names none of its own. */
export const jsonLimits: JsonLimits = {
  bytesMax: documentBytesMax,
  depthMax,
  keysMax,
  itemsMax,
  stringBytesMax,
}

/** What is valid JSON and still not accepted. Reads as part of a sentence: "Body has … at …". */
export const forbiddenJson = [
  "a byte order mark",
  "a duplicate key",
  "a reserved key",
  "a lone surrogate",
  "a number out of range",
  "an integer beyond 2^53-1",
  "a number that loses digits",
  "too many levels",
  "too many keys",
  "too many items",
  "too long a string",
] as const

/** One entry of `forbiddenJson`. */
export type ForbiddenJson = (typeof forbiddenJson)[number]

/**
 * Why a document was refused. `offset` counts bytes from 0 to the first that does not fit.
 * `at` is a JSON Pointer to the place, or to its nearest ancestor that can be shown.
 */
export type JsonProblem =
  | { readonly code: "JSON_MALFORMED"; readonly offset: number }
  | {
      readonly code: "JSON_FORBIDDEN"
      readonly what: ForbiddenJson
      readonly at: string
      readonly offset: number
    }
  | { readonly code: "INPUT_TOO_LARGE"; readonly limit: number }
