// Fixed-width numbers and hex, the plain bytes that hashes are made of.
// Owns: encodings. Does not own: what is hashed (tagged-hash.ts).

import { utf8Bytes } from "../json/utf8-bytes.ts"
import { invariant } from "../result.ts"

const u32Max = 0xffff_ffff

/** `value` as 4 bytes, big-endian. A whole number from 0 to 2^32−1. */
export function u32be(value: number): Uint8Array {
  invariant(Number.isInteger(value) && value >= 0 && value <= u32Max, "INV-08", { u32: value })
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** `value` as 8 bytes, big-endian. A whole number from 0 to 2^53−1. */
export const u64be = (value: number): Uint8Array => writeU64be(value, new Uint8Array(8))

/** The same into the 8 bytes of `into`, which is answered. */
export function writeU64be(value: number, into: Uint8Array): Uint8Array {
  invariant(Number.isSafeInteger(value) && value >= 0, "INV-08", { u64: value })
  const high = Math.floor(value / 2 ** 32)
  for (let at = 0; at < 4; at++) {
    into[at] = high >>> (24 - 8 * at)
    into[4 + at] = value >>> (24 - 8 * at)
  }
  return into
}

/** Lower-case hex, two digits a byte. */
export const hex = (bytes: Uint8Array): string => bytes.toHex()

/**
 * Joins two texts in one piece. The engine keeps the result of `+` or a template as a pair until its characters are read,
 * and `JSON.stringify` is half as fast on an object from the first pair in it on.
 */
export const oneText = (first: string, second: string): string => [first, second].join("")

/** UTF-8 of `text`. A lone surrogate is a bug: it would become U+FFFD, and two texts one hash. */
export function utf8(text: string): Uint8Array {
  invariant(text.isWellFormed(), "INV-08", { text: "lone surrogate" })
  return utf8Bytes(text)
}
