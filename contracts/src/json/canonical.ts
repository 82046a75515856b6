// RFC 8785 bytes of a JSON value: one value, one spelling.
// Owns: the spelling, and refusing what is no JSON, in one walk over the value. Does not own: parsing.
// Keeps INV-08: what is hashed can be derived again, byte for byte. A value that is no JSON is a bug of ours.
// Written here rather than taken from a library because it is the busiest code of the whole path, and the library has to be
// preceded by a second walk that refuses what it would drop; a test compares the two over generated values.

import { invariant } from "../result.ts"
import type { Json } from "./json.ts"

const encoder = new TextEncoder()

/** Canonical text of a value. Throws `InvariantBroken` for anything that JSON cannot hold. Source: RFC 8785 §3.2. */
export const canonical = (value: Json): string => spelled(value, 0)

/** Canonical text as UTF-8: the bytes that are hashed and stored. */
export const canonicalBytes = (value: Json): Uint8Array => encoder.encode(canonical(value))

// Far above the 32 levels of any accepted document; stops a cycle before the stack does.
const depthMax = 200

function spelled(value: unknown, depth: number): string {
  if (value === null) return "null"
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) refuse("lone surrogate")
      // Of a well-formed text ECMAScript's escapes are those of RFC 8785 §3.2.2.2.
      return JSON.stringify(value)
    case "number":
      if (!Number.isFinite(value)) refuse("number that is not finite")
      // ECMAScript's shortest form, and 0 for -0 (§3.2.2.3).
      return String(value)
    case "boolean":
      return value ? "true" : "false"
    case "object":
      if (depth > depthMax) refuse("too deep or cyclic")
      return Array.isArray(value) ? spelledArray(value, depth) : spelledObject(value, depth)
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      break
  }
  return refuse(typeof value)
}

function spelledArray(value: readonly unknown[], depth: number): string {
  let text = "["
  // By index, because a hole is no element of the array but becomes `null` in its text.
  for (let index = 0; index < value.length; index++) {
    if (index > 0) text += ","
    text += spelled(value[index], depth + 1)
  }
  return `${text}]`
}

function spelledObject(value: object, depth: number): string {
  if (!isPlain(value)) return refuse("object that is not plain")
  const keys = Object.keys(value)
  // By UTF-16 code units (§3.2.3), which is how strings sort.
  if (keys.length > 1) keys.sort()
  let text = "{"
  for (const key of keys) {
    if (text.length > 1) text += ","
    text += spelledKey(key) + spelled(value[key], depth + 1)
  }
  return `${text}}`
}

function isPlain(value: object): value is Readonly<Record<string, unknown>> {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

// Keys are few and come again and again: spelling each anew was a third of the walk. Bounded to about 1 MB.
const knownKeys = new Map<string, string>()
const knownKeysMax = 4_096
const knownKeyLengthMax = 64

function spelledKey(key: string): string {
  const known = knownKeys.get(key)
  if (known !== undefined) return known
  if (!key.isWellFormed()) refuse("lone surrogate in a key")
  const text = `${JSON.stringify(key)}:`
  if (knownKeys.size >= knownKeysMax) knownKeys.clear()
  if (key.length <= knownKeyLengthMax) knownKeys.set(key, text)
  return text
}

function refuse(json: string): never {
  invariant(false, "INV-08", { json })
}
