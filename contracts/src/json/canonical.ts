// RFC 8785 bytes of a JSON value: one value, one spelling.
// Owns: the spelling, and refusing what is not JSON. Does not own: parsing, nor encoding text (utf8-bytes.ts).
// Keeps INV-08: what is hashed can be derived again, byte for byte. A value that is not JSON is a bug of this program.
// The engine's own JSON.stringify is several times faster than any walk in JavaScript, and spells everything but the order of keys as
// RFC 8785 does. So a value is first put in order, copying only what is not, and what that cannot do is spelled by hand.
// A test compares both ways with a library over generated values.

import { invariant } from "../result.ts"
import type { Json } from "./json.ts"
import { utf8Bytes } from "./utf8-bytes.ts"

/** Canonical text of a value. Throws `InvariantBroken` for anything that JSON cannot hold. Source: RFC 8785 §3.2. */
export function canonical(value: Json): string {
  const ordered = inOrder(value, 0)
  if (ordered === byHand) return spelled(value)
  const text = JSON.stringify(ordered)
  // How a lone surrogate shows; so does a text that says so itself, which is rare enough to be looked at again.
  return text.includes(surrogateMark) ? spelled(value) : text
}

/** Canonical text as UTF-8: the bytes that are hashed and stored. */
export const canonicalBytes = (value: Json): Uint8Array => utf8Bytes(canonical(value))

/** The same value with its keys in canonical order: itself when they are, so that what holds it is spelled without a copy. */
export function inCanonicalOrder(value: Json): Json {
  const ordered = inOrder(value, 0)
  // What was walked is JSON, and a copy holds what it held.
  return ordered === byHand ? value : (ordered as Json)
}

// Far above the 32 levels of any accepted document; stops a cycle before the stack does.
const depthMax = 200
const surrogateMark = "\\ud"

// Up to about so many, putting each in its place is faster than a general sort.
const insertedMax = 32

/** Marks a value that has keys which an object cannot keep in order. */
const byHand = Symbol("by hand")

/** `value` itself when all its keys are sorted, else a copy in which they are. Throws for what is not JSON. */
function inOrder(value: unknown, depth: number): unknown {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return value
  if (typeof value === "number") {
    if (!Number.isFinite(value)) refuse("number that is not finite")
    return value
  }
  if (typeof value !== "object") return refuse(typeof value)
  if (depth > depthMax) refuse("too deep or cyclic")
  return Array.isArray(value) ? arrayInOrder(value, depth) : objectInOrder(value, depth)
}

function arrayInOrder(value: readonly unknown[], depth: number): unknown {
  let copy: unknown[] | null = null
  // By index, because a hole is not an element of the array but becomes `null` in its text.
  for (let index = 0; index < value.length; index++) {
    const item = inOrder(value[index], depth + 1)
    if (item === byHand) return byHand
    if (item !== value[index]) copy ??= value.slice()
    if (copy !== null) copy[index] = item
  }
  return copy ?? value
}

function objectInOrder(value: object, depth: number): unknown {
  if (!isPlain(value)) return refuse("object that is not plain")
  if (!isSorted(value)) return sortedCopy(value, depth)
  let copy: Record<string, unknown> | null = null
  // `for in`, because of a plain object it sees what `Object.keys` would, and needs no list of it.
  for (const key in value) {
    const member = value[key]
    const item = inOrder(member, depth + 1)
    if (item === byHand) return byHand
    if (copy === null && item === member) continue
    if (isOrderless(key)) return byHand
    copy ??= copyUpTo(value, key)
    copy[key] = item
  }
  return copy ?? value
}

function copyUpTo(value: Plain, end: string): Record<string, unknown> {
  const keys = Object.keys(value)
  return Object.fromEntries(keys.slice(0, keys.indexOf(end)).map((key) => [key, value[key]]))
}

function sortedCopy(value: Plain, depth: number): unknown {
  const copy: Record<string, unknown> = {}
  for (const key of sorted(Object.keys(value))) {
    const item = inOrder(value[key], depth + 1)
    if (item === byHand || isOrderless(key)) return byHand
    copy[key] = item
  }
  return copy
}

/** Whether the keys come in the order of their UTF-16 code units (§3.2.3), which is how strings compare. */
function isSorted(value: Plain): boolean {
  let before = ""
  for (const key in value) {
    if (key < before) return false
    before = key
  }
  return true
}

/** Sorted in place; few keys by putting each in its place. */
function sorted(keys: string[]): readonly string[] {
  if (keys.length > insertedMax) return keys.sort()
  for (let at = 1; at < keys.length; at++) {
    const key = keys[at] ?? ""
    let to = at
    for (; to > 0 && (keys[to - 1] ?? "") > key; to--) keys[to] = keys[to - 1] ?? ""
    keys[to] = key
  }
  return keys
}

// Every object lists whole numbers first, in any order of writing, and `__proto__` cannot be written as a key.
function isOrderless(key: string): boolean {
  const unit = key.charCodeAt(0)
  return (unit >= 0x30 && unit <= 0x39) || key === "__proto__"
}

type Plain = Readonly<Record<string, unknown>>

function isPlain(value: object): value is Plain {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The same text, key by key; `value` was walked once, so only surrogates can still be wrong with it. */
function spelled(value: unknown): string {
  if (typeof value === "string") {
    if (!value.isWellFormed()) refuse("lone surrogate")
    return JSON.stringify(value)
  }
  if (value === null || typeof value !== "object") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(spelled).join(",")}]`
  return `{${Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${spelled(key)}:${spelled(member)}`)
    .join(",")}}`
}

function refuse(json: string): never {
  invariant(false, "INV-08", { json })
}
