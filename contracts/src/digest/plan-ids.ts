// Names of a plan and of its steps, derived from content alone.
// Nothing random, no clock, no execution, no tenant. An id is a handle: every binding uses the full digest.
// Keeps INV-08: the same plan has the same ids on every machine.

import type { Digest, PlanId, StepId, StepKey, StepRole } from "../primitives.ts"
import { oneText, u32be } from "./bytes.ts"
import { id26 } from "./id26.ts"
import { digestBytes } from "./sha256.ts"
import { taggedHash } from "./tagged-hash.ts"

/** What makes a step the step it is. `index` counts from 0 in a fan-out and is null outside one. */
export type StepIdentity = {
  readonly planDigest: Digest
  readonly key: StepKey
  readonly index: number | null
  readonly role: StepRole
}

/** The id of the plan with this digest. */
export const planIdOf = (planDigest: Digest): PlanId =>
  oneText("pln_", id26(digestBytes(planDigest))) as PlanId

/** The id of a step; unique within an execution, shared by all executions of one plan. */
export function stepIdOf({ planDigest, key, index, role }: StepIdentity): StepId {
  const indexPart = index === null ? "" : u32be(index)
  const bytes = taggedHash("counterfoil.step.v1", digestBytes(planDigest), key, indexPart, role)
  return oneText("stp_", id26(bytes)) as StepId
}
