// The policy slices that open requests are bound to, made again with the contracts of a candidate.
// Owns: which set of rules each request was decided by, and that each set is loaded once. Does not own: slices (policy), nor
// what a difference means (touched-by.ts). A contract's tags are in its slice and not in its digest, so this needs its own check.

import type { ApprovalId, Digest, Registry, Time } from "@counterfoil/contracts"
import type { LiveStore } from "@counterfoil/contracts/ports"
import { isLive, type Execution } from "@counterfoil/core"
import type { CedarEngine, PolicySet } from "@counterfoil/policy"
import { recordedPolicies } from "@counterfoil/replay"

/** Of each live request of an execution, the digest of its slice under the candidate; null when the rules no longer load, or name no such contract. */
type BoundSlices = (execution: Execution) => Promise<ReadonlyMap<ApprovalId, Digest | null>>

interface SliceWorld {
  readonly store: Pick<LiveStore, "text">
  readonly candidate: Registry
  readonly engine: CedarEngine
}

/** Prepares the check. It throws when a request's rules are not in the store, because its slice is then unknown. */
export function openBoundSlices({ store, candidate, engine }: SliceWorld): BoundSlices {
  const sets = new Map<Digest, PolicySet | null>()
  const setOf = async (digest: Digest, at: Time): Promise<PolicySet | null> => {
    const known = sets.get(digest)
    if (known !== undefined) return known
    const row = await store.text(digest)
    if (row === null) throw new Error(`the rules ${digest} that open requests are bound to are not stored`)
    const set = recordedPolicies([row], candidate, engine)(digest, at)
    sets.set(digest, set)
    return set
  }
  return async (execution) => {
    const slices = new Map<ApprovalId, Digest | null>()
    for (const { approvalId, stepId, statement } of execution.approvals.filter(isLive)) {
      const verdict = execution.steps.find((step) => step.stepId === stepId)?.verdict ?? null
      // A request of an earlier verdict is void already.
      if (verdict === null || verdict.digest !== statement.verdictDigest) continue
      const set = await setOf(verdict.policySetDigest, verdict.at)
      slices.set(approvalId, set?.slices.get(statement.contract.ref)?.digest ?? null)
    }
    return slices
  }
}
