// Whether a person has just said no to exactly this: the same contract and input, asked for by the same principal.
// Owns: the look and the block that follows. Does not own: the review itself, nor who may ask again (the intent says `resubmitOf`).
// Keeps people's attention: what was rejected opens no second request for a day.

import { addMs, type Fact, type Time } from "@counterfoil/contracts"
import type { ApprovalRow } from "@counterfoil/contracts/ports"
import { blockedFact, foldTrace, type Approval, type Execution, type Request } from "@counterfoil/core"
import type { World } from "./world.ts"

/** How long a rejection stands for the same input; after it the same may be asked for again. */
const rejectionStandsMs = 86_400_000
/** What a block's sentence may hold. */
const sentenceMax = 500

/**
 * The block of a step whose input a person has rejected for this principal within a day; null when nobody has. An operator's
 * retry asks again, and so does an intent that names the rejected execution with a reason.
 */
export async function earlierRejection(
  { store }: Pick<World, "store">,
  execution: Execution,
  { question, level }: Request,
  now: Time,
): Promise<Fact | null> {
  if (level > 0 || question.generation > 0) return null
  const { tenant, intent } = execution
  const row = await store.lastRejected(
    {
      tenant,
      requester: intent.principal,
      contract: question.contract.ref,
      inputDigest: question.inputDigest,
    },
    execution.executionId,
  )
  if (row === null || row.executionId === intent.resubmitOf?.executionId) return null
  const trace = await store.trace(tenant, row.executionId)
  // Of an erased trace nobody can say any more what was rejected, or why.
  if (trace.some(({ payload }) => payload === null)) return null
  const review = reviewOf(foldTrace(trace).approvals, row)
  if (review === null || addMs(review.at, rejectionStandsMs) <= now) return null
  const sentence = `Rejected before, by ${review.reviewId} of ${row.executionId}: ${review.reason ?? ""}`
  return blockedFact({
    ...question,
    reason: "approvalRejected",
    message: sentence.slice(0, sentenceMax).toWellFormed(),
    approvalId: row.approvalId,
  })
}

/** The review that rejected a request; null when it was not a person's no that ended it. */
const reviewOf = (approvals: readonly Approval[], { approvalId }: ApprovalRow) =>
  approvals
    .find((approval) => approval.approvalId === approvalId)
    ?.reviews.findLast(({ decision }) => decision === "reject") ?? null
