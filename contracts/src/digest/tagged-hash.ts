// H, the one hash formula: SHA-256 over a tag and length-prefixed parts (contracts.md section 2).
// Owns: how parts become bytes. Does not own: which parts a value has (one file per value beside this one).
// Length prefixes make ("ab", "c") and ("a", "bc") differ; tags make equal parts of two meanings differ.

import type { Digest } from "../primitives.ts"
import { invariant } from "../result.ts"
import { utf8 } from "./bytes.ts"
import { blobDigest, sha256 } from "./sha256.ts"
import type { Tag } from "./tags.ts"

/** One part of a hash: raw bytes (a digest's 32, an integer's 4 or 8, canonical JSON) or text such as an id. */
export type Part = Uint8Array | string

/** The bytes that `taggedHash` hashes: utf8(tag) ‖ 0x00 ‖ for each part u32be(byte length) ‖ bytes. */
export function taggedPreimage(tag: Tag, ...parts: readonly Part[]): Uint8Array {
  const label = utf8(tag)
  const pieces = parts.map((part) => (typeof part === "string" ? utf8(part) : part))
  const length = pieces.reduce((sum, piece) => sum + lengthBytes + piece.length, label.length + 1)
  // One allocation: a trace entry is hashed four times on its way to disk.
  const whole = new Uint8Array(length)
  whole.set(label)
  let offset = label.length + 1
  for (const piece of pieces) {
    invariant(piece.length <= pieceLengthMax, "INV-08", { pieceLength: piece.length })
    for (let shift = 24; shift >= 0; shift -= 8) whole[offset++] = piece.length >>> shift
    whole.set(piece, offset)
    offset += piece.length
  }
  return whole
}

const lengthBytes = 4
const pieceLengthMax = 0xffff_ffff

/** H(tag, parts…): 32 bytes. A digest as a part is `digestBytes(digest)`, never its text. */
export const taggedHash = (tag: Tag, ...parts: readonly Part[]): Uint8Array =>
  sha256(taggedPreimage(tag, ...parts))

/** H(tag, parts…) in its written form. */
export const digestOf = (tag: Tag, ...parts: readonly Part[]): Digest =>
  blobDigest(taggedPreimage(tag, ...parts))
