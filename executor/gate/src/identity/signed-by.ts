// Ed25519 by Node's own implementation, for signed reviews: at the gate, in the patrol, and when a bundle is verified.
// Owns: that no other algorithm counts, and that bytes which are not a key sign nothing. Does not own: whose key it is.

import { createPublicKey, verify } from "node:crypto"

/** True when the ed25519 key with these SPKI bytes made this signature over this message. Never throws. */
export function signedBy(spki: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" })
    return key.asymmetricKeyType === "ed25519" && verify(null, message, key, signature)
  } catch {
    // OpenSSL throws for bytes that are not a key, and for signatures of another length.
    return false
  }
}
