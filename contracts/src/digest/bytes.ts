// Fixed-width numbers and hex, the plain bytes that hashes are made of.
// Owns: encodings. Does not own: what is hashed (tagged-hash.ts).

import { utf8Bytes } from "../json/utf8-bytes.ts"
import { invariant } from "../result.ts"

const u32Max = 0xffff_ffff

/** `value` as 4 bytes, big-endian. A whole number from 0 to 2^32−1. */
export function u32be(value: number): Uint8Array {
  invariant(Number.isInteger(value) && value >= 0 && value <= u32Max, "INV-08", { u32: value })
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** `value` as 8 bytes, big-endian. A whole number from 0 to 2^53−1. */
export function u64be(value: number): Uint8Array {
  invariant(Number.isSafeInteger(value) && value >= 0, "INV-08", { u64: value })
  const bytes = new Uint8Array(8)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, Math.floor(value / 2 ** 32))
  view.setUint32(4, value % 2 ** 32)
  return bytes
}

/** Lower-case hex, two digits a byte. */
export const hex = (bytes: Uint8Array): string => bytes.toHex()

/** UTF-8 of `text`. A lone surrogate is a bug: it would become U+FFFD, and two texts one hash. */
export function utf8(text: string): Uint8Array {
  invariant(text.isWellFormed(), "INV-08", { text: "lone surrogate" })
  return utf8Bytes(text)
}
