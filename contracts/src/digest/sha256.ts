// SHA-256 and the written form of a digest.
// Owns: the only use of node:crypto in the pure packages. Does not own: tags and parts (tagged-hash.ts).

import { hash } from "node:crypto"
import type { Digest } from "../primitives.ts"
import { invariant } from "../result.ts"
import { hex, oneText } from "./bytes.ts"

const prefix = "sha256:"
const digestLength = 32

/** SHA-256 of `bytes` as 64 hex digits (FIPS 180-4). Asked for as text, because a buffer costs more than its digits. */
export const sha256Hex = (bytes: Uint8Array): string => hash("sha256", bytes, "hex")

/** SHA-256 of `bytes`, 32 bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => Uint8Array.fromHex(sha256Hex(bytes))

/** Digest of a stored text by its bytes alone, without a tag: contracts, policies, schemas, maps, manifests. */
export const blobDigest = (bytes: Uint8Array): Digest => oneText(prefix, sha256Hex(bytes)) as Digest

/** The 32 raw bytes of a digest: the form in which it is a part of another hash. By hand, since each entry needs two. */
export const digestBytes = (digest: Digest): Uint8Array => writeDigest(digest, new Uint8Array(digestLength))

/** The same into the 32 bytes of `into`, which is answered. */
export function writeDigest(digest: Digest, into: Uint8Array): Uint8Array {
  invariant(digest.length === prefix.length + 2 * digestLength, "INV-08", { digestLength: digest.length })
  for (let at = 0, from = prefix.length; at < digestLength; at++, from += 2)
    into[at] = (nibble(digest.charCodeAt(from)) << 4) | nibble(digest.charCodeAt(from + 1))
  return into
}

// 0 to 9 are 0x30 to 0x39, a to f are 0x61 to 0x66: the letters have the bit that the digits lack.
const nibble = (unit: number): number => (unit & 0x0f) + (unit >> 6) * 9

/** The written form of 32 raw bytes. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  invariant(bytes.length === digestLength, "INV-08", { digestBytes: bytes.length })
  return oneText(prefix, hex(bytes)) as Digest
}
