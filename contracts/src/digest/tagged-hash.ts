// H, the one hash formula: SHA-256 over a tag and length-prefixed parts (contracts.md section 2).
// Owns: how parts become bytes. Does not own: which parts a value has (one file per value beside this one).
// Length prefixes make ("ab", "c") and ("a", "bc") differ; tags make equal parts of two meanings differ.

import type { Digest } from "../primitives.ts"
import { u32be, utf8 } from "./bytes.ts"
import { digestFromBytes, sha256 } from "./sha256.ts"
import type { Tag } from "./tags.ts"

/** One part of a hash: raw bytes (a digest's 32, an integer's 4 or 8, canonical JSON) or text such as an id. */
export type Part = Uint8Array | string

/** The bytes that `taggedHash` hashes: utf8(tag) ‖ 0x00 ‖ for each part u32be(byte length) ‖ bytes. */
export function taggedPreimage(tag: Tag, ...parts: readonly Part[]): Uint8Array {
  const pieces = [utf8(tag), Uint8Array.of(0)]
  for (const part of parts) {
    const bytes = typeof part === "string" ? utf8(part) : part
    pieces.push(u32be(bytes.length), bytes)
  }
  return concat(pieces)
}

/** H(tag, parts…): 32 bytes. A digest as a part is `digestBytes(digest)`, never its text. */
export const taggedHash = (tag: Tag, ...parts: readonly Part[]): Uint8Array =>
  sha256(taggedPreimage(tag, ...parts))

/** H(tag, parts…) in its written form. */
export const digestOf = (tag: Tag, ...parts: readonly Part[]): Digest =>
  digestFromBytes(taggedHash(tag, ...parts))

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}
