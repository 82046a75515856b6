// The salted commitment that a trace holds in place of a personal value.
// The value can be erased and the proof survives; without its salt the value cannot be guessed from it (INV-13).

import type { Digest } from "../primitives.ts"
import { invariant } from "../result.ts"
import { digestOf } from "./tagged-hash.ts"

const saltBytes = 32

/** Commitment to a value by its canonical bytes. `salt` is 32 random bytes, a new one for each occurrence. */
export function commitmentOf(salt: Uint8Array, canonical: Uint8Array): Digest {
  invariant(salt.length === saltBytes, "INV-13", { saltBytes: salt.length })
  return digestOf("counterfoil.commit.v1", salt, canonical)
}
