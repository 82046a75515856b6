// The fact that an attempt starts: everything that binds the dispatch, journaled before the call (INV-01, INV-02).
// Owns: that fact. Does not own: whether the attempt may start (step-work.ts, consume.ts).

import { addMs } from "@counterfoil/contracts"
import type { Digest, Fact, ReviewId, Time, WorkerId } from "@counterfoil/contracts"
import type { Approval } from "./execution.ts"
import { stepFieldsOf } from "./policy-question.ts"
import type { Dispatch } from "./work.ts"

/** What only the shell knows of a start. */
export interface Start {
  readonly now: Time
  readonly worker: WorkerId
  readonly verdictDigest: Digest
  /** The approval that is consumed with it; null for a step that policy lets run alone. */
  readonly approval: Approval | null
}

/** `step.started` for a dispatch. */
export function startedFact({ question, contract, attempt, input, inputDigest, idempotencyKey }: Dispatch, start: Start): Fact {
  const { approval } = start
  return {
    kind: "controlPlane.execution.step.started@1",
    payload: {
      ...stepFieldsOf(question), attempt, role: question.role, contract: contract.pin, effect: contract.effect, input, inputDigest, idempotencyKey,
      verdictDigest: start.verdictDigest,
      ...(approval === null ? {} : { approvalId: approval.approvalId, approvalDigest: approval.approvalDigest }),
      reviewIds: approval === null ? [] : countedReviews(approval), deadline: addMs(start.now, contract.deadlineMs), worker: start.worker,
    },
  }
}

function countedReviews(approval: Approval): readonly ReviewId[] {
  const met = new Set(approval.quorum.met.map(({ human }) => human))
  return approval.reviews.filter(({ decision, human }) => decision === "approve" && met.has(human)).map(({ reviewId }) => reviewId)
}
