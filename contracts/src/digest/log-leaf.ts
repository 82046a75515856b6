// A leaf of the log: which execution had which head, so that nothing can be cut off or dropped unseen.
// Does not own: the tree over the leaves (merkle-tree.ts).

import type { Digest, Environment, ExecutionId, TenantId } from "../primitives.ts"
import { u64be } from "./bytes.ts"
import { digestBytes, sha256 } from "./sha256.ts"
import { taggedPreimage } from "./tagged-hash.ts"

/** The head of one execution after one append. */
export type LoggedHead = {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly seq: number
  readonly hash: Digest
}

/** The bytes of a leaf; readable, unlike a hash: a monitor compares them with the trace. */
export const leafBytes = ({ environment, tenant, executionId, seq, hash }: LoggedHead): Uint8Array =>
  taggedPreimage("counterfoil.leaf.v1", environment, tenant, executionId, u64be(seq), digestBytes(hash))

/** Hash of a leaf's bytes: SHA-256(0x00 ‖ bytes). Source: RFC 6962 §2.1. */
export function leafHash(bytes: Uint8Array): Uint8Array {
  const prefixed = new Uint8Array(1 + bytes.length)
  prefixed.set(bytes, 1)
  return sha256(prefixed)
}
