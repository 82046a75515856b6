// Whether a person has just rejected the same request: the same contract and input, from the same principal.
// Owns: finding it, and the block that follows. Does not own: the review itself, nor who may ask again (the intent's `resubmitOf`).
// Protects approvers' attention: a rejected step opens no second request for a day.

import { addMs, type Fact, type Time } from "@counterfoil/contracts"
import type { ApprovalRow } from "@counterfoil/contracts/ports"
import { blockedFact, foldTrace, type Approval, type Execution, type Request } from "@counterfoil/core"
import type { World } from "./world.ts"

/** How long a rejection holds for the same input; after that it can be requested again. */
const rejectionStandsMs = 86_400_000
/** Longest sentence of a block. */
const sentenceMax = 500

/**
 * The block of a step whose input a person has rejected for this principal within a day; null without such a rejection. An
 * operator's retry asks again, and so does an intent that names the rejected execution with a reason.
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
  // An erased trace no longer shows what was rejected, or why.
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

/** The review that rejected a request; null when no person rejected it. */
const reviewOf = (approvals: readonly Approval[], { approvalId }: ApprovalRow) =>
  approvals
    .find((approval) => approval.approvalId === approvalId)
    ?.reviews.findLast(({ decision }) => decision === "reject") ?? null
