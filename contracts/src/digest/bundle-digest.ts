// The digest in the trailer of a bundle: over raw bytes, not over parts, so that any tool can compute it from the file.
// Does not own: the lines of a bundle (replay).

import type { Digest } from "../primitives.ts"
import { blobDigest } from "./sha256.ts"
import { taggedPreimage } from "./tagged-hash.ts"

/** Digest of all bytes of a bundle before its last line. */
export function bundleDigestOf(bytesBeforeTrailer: Uint8Array): Digest {
  const prefix = taggedPreimage("counterfoil.bundle.v1")
  const whole = new Uint8Array(prefix.length + bytesBeforeTrailer.length)
  whole.set(prefix)
  whole.set(bytesBeforeTrailer, prefix.length)
  return blobDigest(whole)
}
