// The key under which a step's effect happens at most once, and the digest of the input it covers.
// Keeps INV-03: another execution, generation, contract or input is another key; everything else is the same key.

import type { Digest, Environment, ExecutionId, IdempotencyKey, StepId, TenantId } from "../primitives.ts"
import { u32be } from "./bytes.ts"
import { digestBytes } from "./sha256.ts"
import { digestOf, taggedHex } from "./tagged-hash.ts"

/** The values that identify one effect. `generation` counts from 1; a retry by a person raises it, an attempt does not. */
export type EffectIdentity = {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly stepId: StepId
  readonly generation: number
  readonly contractDigest: Digest
  readonly inputDigest: Digest
}

/** Digest of an input by its canonical bytes, personal values sealed. */
export const inputDigestOf = (canonical: Uint8Array): Digest => digestOf("counterfoil.input.v1", canonical)

/** The key that a handler passes on to its provider: 64 hex digits. */
export function idempotencyKeyOf(effect: EffectIdentity): IdempotencyKey {
  const key = taggedHex(
    "counterfoil.idem.v1",
    effect.environment,
    effect.tenant,
    effect.executionId,
    effect.stepId,
    u32be(effect.generation),
    digestBytes(effect.contractDigest),
    digestBytes(effect.inputDigest),
  )
  return key as IdempotencyKey
}
