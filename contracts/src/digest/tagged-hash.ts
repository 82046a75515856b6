// H, the one hash formula: SHA-256 over a tag and length-prefixed parts (docs/design/digests.md).
// Owns: how parts become bytes. Does not own: which parts a value has (one file per value beside this one).
// Length prefixes make ("ab", "c") and ("a", "bc") differ; tags make equal parts of two meanings differ.

import type { Digest } from "../primitives.ts"
import { writeUtf8 } from "../json/utf8-bytes.ts"
import { invariant } from "../result.ts"
import { utf8 } from "./bytes.ts"
import { blobDigest, sha256, sha256Hex } from "./sha256.ts"
import type { Tag } from "./tags.ts"

/** One part of a hash: raw bytes (a digest's 32, an integer's 4 or 8, canonical JSON) or text such as an id. */
export type Part = Uint8Array | string

/** The bytes that `taggedHash` hashes: utf8(tag) ‖ 0x00 ‖ for each part u32be(byte length) ‖ bytes. */
export const taggedPreimage = (tag: Tag, ...parts: readonly Part[]): Uint8Array =>
  preimage(tag, parts).slice()

/** H(tag, parts…): 32 bytes. A digest as a part is `digestBytes(digest)`, never its text. */
export const taggedHash = (tag: Tag, ...parts: readonly Part[]): Uint8Array => sha256(preimage(tag, parts))

/** H(tag, parts…) as 64 hex digits. */
export const taggedHex = (tag: Tag, ...parts: readonly Part[]): string => sha256Hex(preimage(tag, parts))

/** H(tag, parts…) in its written form. */
export const digestOf = (tag: Tag, ...parts: readonly Part[]): Digest => blobDigest(preimage(tag, parts))

const lengthBytes = 4
const partBytesMax = 0xffff_ffff
const bytesPerUnitMax = 3

// A preimage is gone as soon as it is hashed, and nothing waits in between: all of them share one place, which grows
// to the largest so far. An allocation for each was a good part of the whole cost of a hash.
let scratch = new Uint8Array(64 * 1024)

/** The preimage as a view of `scratch`: valid until the next call. */
function preimage(tag: Tag, parts: readonly Part[]): Uint8Array {
  const label = labelOf(tag)
  let room = label.length
  for (const part of parts)
    room += lengthBytes + (typeof part === "string" ? part.length * bytesPerUnitMax : part.length)
  if (room > scratch.length) scratch = new Uint8Array(2 ** Math.ceil(Math.log2(room)))
  scratch.set(label)
  let at = label.length
  for (const part of parts) {
    const from = at + lengthBytes
    if (typeof part === "string") {
      invariant(part.isWellFormed(), "INV-08", { text: "lone surrogate" })
      at = writeUtf8(part, scratch, from)
    } else {
      scratch.set(part, from)
      at = from + part.length
    }
    const length = at - from
    invariant(length <= partBytesMax, "INV-08", { partBytes: length })
    scratch[from - 4] = length >>> 24
    scratch[from - 3] = length >>> 16
    scratch[from - 2] = length >>> 8
    scratch[from - 1] = length
  }
  return scratch.subarray(0, at)
}

const labels = new Map<Tag, Uint8Array>()

/** utf8(tag) ‖ 0x00, made once for each tag. */
function labelOf(tag: Tag): Uint8Array {
  const known = labels.get(tag)
  if (known !== undefined) return known
  const label = utf8(`${tag}\0`)
  labels.set(tag, label)
  return label
}
