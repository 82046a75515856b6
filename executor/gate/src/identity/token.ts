// Tokens: the text that a principal presents, and its digest, the only part that is kept.
// Owns: their form, minting and hashing. Does not own: whose a token is (Directory), nor how it arrives (authenticate.ts).
// Keeps INV-13: only `mintToken` and `mintSignIn` return a secret, once, to the caller; nothing here stores one.

import type { Digest } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import type { Random } from "@counterfoil/contracts/ports"

/** `cft_` and 32 random bytes in base64url: a prefix that secret scanners can find, and nothing to guess. */
const tokenForm = /^cft_[A-Za-z0-9_-]{43}$/
/** A one-time sign-in; its prefix distinguishes it from a token. */
const signInForm = /^cfs_[A-Za-z0-9_-]{43}$/
const tokenBytes = 32

/** A new token with the digest to keep. The token is shown once and cannot be read again. */
export function mintToken(random: Random): { readonly token: string; readonly hash: Digest } {
  return mintSecret("cft", random)
}

/** A new one-time sign-in with the digest to keep, as `mintToken`. */
export function mintSignIn(random: Random): { readonly signIn: string; readonly hash: Digest } {
  const { token, hash } = mintSecret("cfs", random)
  return { signIn: token, hash }
}

/** True for text that has the form of a token, whether or not such a token exists. */
export const isToken = (text: string): boolean => tokenForm.test(text)

/** True for text that has the form of a one-time sign-in. */
export const isSignIn = (text: string): boolean => signInForm.test(text)

/** The stored form of a token: SHA-256 of its text. 256 random bits need neither salt nor stretching. */
export const tokenHash = (token: string): Digest => blobDigest(utf8(token))

function mintSecret(
  prefix: "cft" | "cfs",
  random: Random,
): { readonly token: string; readonly hash: Digest } {
  const token = `${prefix}_${Buffer.from(random.bytes(tokenBytes)).toString("base64url")}`
  return { token, hash: tokenHash(token) }
}
