// The hash chain of one execution (docs/design/digests.md).
// Keeps INV-07: a link covers execution, position, everything before it and its own head; the head covers its payload.

import type { ContractRef, Digest, Environment, ExecutionId, TenantId } from "../primitives.ts"
import { writeU64be } from "./bytes.ts"
import { writeDigest } from "./sha256.ts"
import { digestOf } from "./tagged-hash.ts"

/** Whose chain it is. A trace copied to another environment, tenant or execution does not verify (INV-10). */
export type ChainIdentity = {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly executionId: ExecutionId
}

/** One link: the entry with `entryDigest` at `seq`, after the link with hash `prevHash`. */
export type ChainLink = {
  readonly executionId: ExecutionId
  readonly seq: number
  readonly prevHash: Digest
  readonly entryDigest: Digest
}

/** h₀: the hash before the first entry. */
export const genesisHash = ({ environment, tenant, executionId }: ChainIdentity): Digest =>
  digestOf("counterfoil.genesis.v1", environment, tenant, executionId)

/** P: digest of a payload's canonical bytes under its kind. */
export const payloadDigestOf = (kind: ContractRef, canonical: Uint8Array): Digest =>
  digestOf("counterfoil.payload.v1", kind, canonical)

/** d: digest of an entry's head by its canonical bytes; the head carries P. */
export const entryDigestOf = (headBytes: Uint8Array): Digest => digestOf("counterfoil.entry.v1", headBytes)

/** hᵢ for `seq` i, which counts from 1. */
export const chainHash = ({ executionId, seq, prevHash, entryDigest }: ChainLink): Digest =>
  digestOf(
    "counterfoil.chain.v1",
    executionId,
    writeU64be(seq, parts.seq),
    writeDigest(prevHash, parts.prevHash),
    writeDigest(entryDigest, parts.entryDigest),
  )

// Every entry has a link: its parts of fixed length are written to the same places each time.
const parts = { seq: new Uint8Array(8), prevHash: new Uint8Array(32), entryDigest: new Uint8Array(32) }
