// Tokens: what a principal presents, and the digest that is all we keep of one.
// Owns: their form, minting and hashing. Does not own: whose a token is (Directory), nor how it arrives (authenticate.ts).
// Keeps INV-13: nothing here returns or stores a token but `mintToken`, once, to whoever asked for it.

import type { Digest } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import type { Random } from "@counterfoil/contracts/ports"

/** `cft_` and 32 random bytes in base64url: a prefix that secret scanners can find, and nothing to guess. */
const tokenForm = /^cft_[A-Za-z0-9_-]{43}$/
const tokenBytes = 32

/** A new token with the digest to keep. The token is shown once and cannot be read again. */
export function mintToken(random: Random): { readonly token: string; readonly hash: Digest } {
  const token = `cft_${Buffer.from(random.bytes(tokenBytes)).toString("base64url")}`
  return { token, hash: tokenHash(token) }
}

/** True for text that has the form of a token; it may belong to nobody. */
export const isToken = (text: string): boolean => tokenForm.test(text)

/** What we keep of a token: SHA-256 of its text. 256 random bits need neither salt nor stretching. */
export const tokenHash = (token: string): Digest => blobDigest(utf8(token))
