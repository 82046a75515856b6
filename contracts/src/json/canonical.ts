// RFC 8785 bytes of a JSON value: one value, one spelling.
// Owns: refusing what is no JSON, which the serializer would drop or rewrite without a word. Does not own: parsing.
// Keeps INV-08: what is hashed can be derived again, byte for byte. A value that is no JSON is a bug of ours.

import canonicalize from "canonicalize"
import { invariant } from "../result.ts"
import type { Json } from "./json.ts"

const encoder = new TextEncoder()

/** Canonical text of a value. Throws `InvariantBroken` for anything that JSON cannot hold. Source: RFC 8785 §3.2. */
export function canonical(value: Json): string {
  assertJson(value, 0)
  const text = canonicalize(value)
  invariant(text !== undefined, "INV-08", { json: "no text" })
  return text
}

/** Canonical text as UTF-8: the bytes that are hashed and stored. */
export const canonicalBytes = (value: Json): Uint8Array => encoder.encode(canonical(value))

// Far above the 32 levels of any accepted document; stops a cycle before the stack does.
const depthMax = 200

function assertJson(value: unknown, depth: number): asserts value is Json {
  invariant(depth <= depthMax, "INV-08", { json: "too deep or cyclic" })
  if (value === null || typeof value === "boolean") return
  if (typeof value === "number")
    return invariant(Number.isFinite(value), "INV-08", { json: "number that is not finite" })
  if (typeof value === "string") return invariant(value.isWellFormed(), "INV-08", { json: "lone surrogate" })
  invariant(typeof value === "object", "INV-08", { json: typeof value })
  if (Array.isArray(value)) {
    // By index, because a hole is no element of the array but becomes `null` in its text.
    for (let index = 0; index < value.length; index++) assertJson(value[index], depth + 1)
    return
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  invariant(prototype === Object.prototype || prototype === null, "INV-08", {
    json: "object that is not plain",
  })
  for (const [key, member] of Object.entries(value)) {
    invariant(key.isWellFormed(), "INV-08", { json: "lone surrogate in a key" })
    assertJson(member, depth + 1)
  }
}
