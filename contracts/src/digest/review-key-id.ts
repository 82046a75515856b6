// The id of a reviewer's key: its own digest, so that no key can take the place of another one under its id.
// Owns: the one id of a public part. Does not own: whether the bytes are a key (auth), nor whose it is.

import { sha256Hex } from "./sha256.ts"

/** SHA-256 in hex of a public key (SPKI) in base64; null for a text that is not the one spelling of its bytes. */
export function reviewKeyIdOf(spki: string): string | null {
  try {
    const bytes = Uint8Array.fromBase64(spki, { lastChunkHandling: "strict" })
    return bytes.toBase64() === spki ? sha256Hex(bytes) : null
  } catch {
    return null // not base64, so no key
  }
}
