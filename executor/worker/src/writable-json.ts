// Turns a handler's answer into JSON that a trace can hold.
// Owns: that form. Does not own: whether it fits the contract (core), nor calling (journaled.ts).
// Keeps INV-08: a value without a canonical form never reaches a decision; it is repaired here, or the contract refuses it.

import type { Json } from "@counterfoil/contracts"

/**
 * The value itself where it is JSON in well-formed text; else the nearest JSON: values that JSON cannot express are left out or
 * null, and an unpaired surrogate is U+FFFD. A cycle throws.
 */
export function writableJson(value: Json): Json {
  return isWritable(value) ? value : mended(JSON.parse(JSON.stringify(value) ?? "null") as Json)
}

/** The part of a text from outside that is kept: whole characters, without control characters. */
export const writableText = (text: string, charsMax: number): string =>
  text
    .slice(0, charsMax)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "\ufffd")

// The types say Json; a handler's code may not keep to them.
function isWritable(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed()
  if (typeof value === "number") return Number.isFinite(value)
  if (typeof value === "boolean" || value === null) return true
  if (typeof value !== "object") return false
  if (Array.isArray(value)) return !value.includes(undefined) && value.every(isWritable)
  return (
    isPlain(value) && Object.entries(value).every(([key, member]) => key.isWellFormed() && isWritable(member))
  )
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function mended(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed()
  if (typeof value !== "object" || value === null) return value
  if (Array.isArray(value)) return value.map(mended)
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.toWellFormed(), mended(member)]),
  )
}
