// Whether a person has just said no to exactly this: the same contract and input, asked for by the same principal.
// Owns: the look and the block that follows. Does not own: the review itself, nor who may ask again (the intent says `resubmitOf`).
// Keeps people's attention: what was rejected opens no second request for a day (approvals.md section 9).

import { addMs, type Digest, type Fact, type Time } from "@counterfoil/contracts"
import type { ApprovalRow } from "@counterfoil/contracts/ports"
import { blockedFact, foldTrace, type Approval, type Execution, type Request } from "./core/index.ts"
import type { World } from "./world.ts"

/** How long a rejection stands for the same input; after it the same may be asked for again. */
const rejectionStandsMs = 86_400_000
/** Rejections of one input that are looked at; each but the first was asked for with a reason. */
const rejectionsMax = 200
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
  const row = await newestRejection(store, execution, question.contract.ref, question.inputDigest)
  if (row === null || row.executionId === execution.intent.resubmitOf?.executionId) return null
  const trace = await store.trace(execution.tenant, row.executionId)
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

async function newestRejection(
  store: World["store"],
  { tenant, intent, executionId }: Execution,
  contract: ApprovalRow["contract"]["ref"],
  inputDigest: Digest,
): Promise<ApprovalRow | null> {
  const { items } = await store.approvals(
    {
      tenant,
      own: null,
      status: ["rejected"],
      tier: [],
      contract,
      requester: intent.principal,
      executionId: null,
      inputDigest,
      expiresBefore: null,
    },
    null,
    rejectionsMax,
  )
  const others = items.filter((row) => row.executionId !== executionId)
  return others.toSorted((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1))[0] ?? null
}

/** The review that rejected a request; null when it was not a person's no that ended it. */
const reviewOf = (approvals: readonly Approval[], { approvalId }: ApprovalRow) =>
  approvals
    .find((approval) => approval.approvalId === approvalId)
    ?.reviews.findLast(({ decision }) => decision === "reject") ?? null
