// Remembers what this process has checked about a value: its spelling, that it is a head, and the fact in it.
// Owns: that memory, by identity, for as long as the values live. Does not own: the checks themselves.
// Keeps INV-08: only what this process read or spelled itself gets in, and values are never changed once they are read.

import {
  canonicalBytes,
  EntryHead,
  parseWith,
  type Fact,
  type Issue,
  type Json,
} from "@counterfoil/contracts"

const spelledFrom = new WeakMap<Uint8Array, object>()
const spellings = new WeakMap<object, Uint8Array>()
const heads = new WeakSet<EntryHead>()

/** The canonical bytes of a value, known to be so from now on. */
export function spelled(value: Json): Uint8Array {
  if (typeof value !== "object" || value === null) return canonicalBytes(value)
  const known = spellings.get(value)
  if (known !== undefined) return known
  const bytes = canonicalBytes(value)
  knowSpelling(value, bytes)
  return bytes
}

/** Remembers that `bytes`, which are not changed any more, are the canonical form of a value. */
export function knowSpelling(value: object, bytes: Uint8Array): void {
  spelledFrom.set(bytes, value)
  spellings.set(value, bytes)
}

/** True when these bytes are the canonical form of the value, which has no other reading. */
export const isSpelling = (bytes: Uint8Array, value: Json): boolean =>
  (value !== null && spelledFrom.get(bytes) === value) || sameBytes(canonicalBytes(value), bytes)

/** Remembers a head that its schema let through. */
export const knowHead = (head: EntryHead): unknown => heads.add(head)

/** The fault of a head, or null; no head is checked twice. */
export function headIssue(head: EntryHead): Issue | null {
  if (heads.has(head)) return null
  const parsed = parseWith(EntryHead, head)
  if (!parsed.ok) return parsed.error[0] ?? { at: "", code: "value", message: "Not a head." }
  heads.add(head)
  return null
}

const facts = new WeakMap<object, Fact>()

/** Remembers the fact that an event contract read in a payload. */
export const knowFact = (payload: object, fact: Fact): unknown => facts.set(payload, fact)

/** The fact that the event contract of a kind read in this payload before, or null. */
export function factKnown(payload: object, kind: Fact["kind"]): Fact | null {
  const fact = facts.get(payload)
  return fact?.kind === kind ? fact : null
}

/** Byte for byte. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
