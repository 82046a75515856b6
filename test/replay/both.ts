// Both verifiers over the same bytes: the second one (replay/verifier/src) and the product's own (replay).
// Owns: what each is given. Does not own: which bundles, nor what is expected.

import { deriveWith } from "@counterfoil/cli"
import { signedBy } from "@counterfoil/gate"
import { verifyBundle, type Head, type TrustedKey, type Verification } from "@counterfoil/verifier"
import { readBundle, verifyEvidence, type SignatureKit } from "@counterfoil/replay"
import { engine, registry, reviewKeys } from "./world.ts"

/** What both said of one file: the check that failed first, or null; `about` is where and why. */
export interface BothSaid {
  readonly first: string | null
  readonly second: string | null
  readonly about: { readonly first: string; readonly second: string }
}

/** Runs both verifiers with the same keys, without a head and without deciding again. */
export function sayBoth(bytes: Uint8Array, keys: SignatureKit["keys"] = reviewKeys): BothSaid {
  const { checks } = verifyBundle(bytes, { keys, head: null, derive: null })
  const failed = checks.find(({ status }) => status === "failed")
  const own = ownFault(bytes, keys)
  return {
    first: own?.check ?? null,
    second: failed?.name ?? null,
    about: {
      first: own?.about ?? "",
      second: failed === undefined ? "" : `${failed.seq} ${failed.at} ${failed.because}`,
    },
  }
}

function ownFault(
  bytes: Uint8Array,
  keys: SignatureKit["keys"],
): { readonly check: string; readonly about: string } | null {
  const read = readBundle(bytes)
  if (!read.ok) return { check: read.error.check, about: `line ${read.error.line} ${read.error.because}` }
  const verified = verifyEvidence(read.value, { keys, signedBy })
  if (verified.ok) return null
  const { check, seq, at, because } = verified.error
  return { check, about: `${seq} ${at} ${because}` }
}

/** The whole verification, as `bundle verify` makes it: both verifiers, and everything decided again. */
export const verifyWhole = (
  bytes: Uint8Array,
  head: Head | null = null,
  keys: readonly TrustedKey[] | null = reviewKeys,
): Verification => verifyBundle(bytes, { keys, head, derive: keys === reviewKeys ? derive : deriveBy(keys) })

// Loaded once: policy sets that many bundles carry are not compiled for each of them.
const deriveBy = (keys: readonly TrustedKey[] | null) => deriveWith({ registry, engine, keys })
const derive = deriveBy(reviewKeys)
