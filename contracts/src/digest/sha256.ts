// SHA-256 and the written form of a digest.
// Owns: the only use of node:crypto in the pure packages. Does not own: tags and parts (tagged-hash.ts).

import { hash } from "node:crypto"
import type { Digest } from "../primitives.ts"
import { invariant } from "../result.ts"
import { hex } from "./bytes.ts"

const prefix = "sha256:"
const digestLength = 32

/** SHA-256 of `bytes` as 64 hex digits (FIPS 180-4). Asked for as text, because a buffer costs more than its digits. */
export const sha256Hex = (bytes: Uint8Array): string => hash("sha256", bytes, "hex")

/** SHA-256 of `bytes`, 32 bytes. */
export const sha256 = (bytes: Uint8Array): Uint8Array => Uint8Array.fromHex(sha256Hex(bytes))

/** Digest of a stored text by its bytes alone, without a tag: contracts, policies, schemas, maps, manifests. */
export const blobDigest = (bytes: Uint8Array): Digest => `${prefix}${sha256Hex(bytes)}` as Digest

/** The 32 raw bytes of a digest: the form in which it is a part of another hash. */
export const digestBytes = (digest: Digest): Uint8Array => Uint8Array.fromHex(digest.slice(prefix.length))

/** The written form of 32 raw bytes. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  invariant(bytes.length === digestLength, "INV-08", { digestBytes: bytes.length })
  return `${prefix}${hex(bytes)}` as Digest
}
