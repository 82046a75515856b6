// Distinguishes a caller's repeated call from a conflicting one.
// The request digest stays in the inbox row and never enters a trace: a short body could be guessed from it (INV-13).

import type { ContractRef, Digest, Key } from "../primitives.ts"
import { digestOf } from "./tagged-hash.ts"

/** Digest of a caller's idempotency key; the trace holds this, not the key. */
export const clientKeyDigestOf = (key: Key): Digest => digestOf("counterfoil.key.v1", key)

/** Identity of a call's body: the contract and the canonical bytes of the input without its key. */
export const requestDigestOf = (ref: ContractRef, canonical: Uint8Array): Digest =>
  digestOf("counterfoil.request.v1", ref, canonical)
