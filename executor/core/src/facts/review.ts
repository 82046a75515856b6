// People's answers to an approval request: what each leaves in the trace.
// Owns: the status that follows from a review. Does not own: who may review (policy's canReview), signatures (auth).
// Keeps INV-06 by taking only reviews that were found allowed, and INV-09 because a late answer changes nothing.

import {
  addMs,
  durationMs,
  err,
  isAnswerable,
  msOfTime,
  ok,
  refuse,
  type ApprovalId,
  type ApprovalStatus,
  type Assurance,
  type Channel,
  type Digest,
  type Fact,
  type HumanId,
  type Payloads,
  type QuorumState,
  type Refusal,
  type Result,
  type ReviewDecision,
  type ReviewFact,
  type ReviewId,
  type RoleName,
  type SignedReview,
  type StepId,
  type Time,
  type TokenOrigin,
  type VoidCause,
} from "@counterfoil/contracts"
import type { TallyReviews } from "@counterfoil/contracts/ports"
import { statusAt } from "../state/approval-status.ts"
import type { Approval, Execution } from "../state/execution.ts"
import { blockedFact } from "./policy-question.ts"
import type { Facts1 } from "./work.ts"

/** One person's answer, after it was found that this person may give it. */
export interface ReviewCommand {
  readonly approvalId: ApprovalId
  readonly stepId: StepId
  readonly approvalDigest: Digest
  readonly planDigest: Digest
  readonly reviewId: ReviewId
  readonly decision: ReviewDecision
  readonly human: HumanId
  readonly roles: readonly RoleName[]
  readonly assurance: Assurance
  readonly method: "session" | "ed25519"
  readonly channel: Channel
  /** Where the reviewer's token came from; null when that was not kept. */
  readonly token: TokenOrigin | null
  readonly reason: string | null
  readonly reasonCode: NonNullable<Payloads["controlPlane.approval.reviewed@1"]["reasonCode"]> | null
  readonly note: string | null
  readonly signature: SignedReview | null
}

/** The result of a review: the facts to write, and the request's status afterwards. A refusal may still leave a late review to write. */
export interface Reviewed {
  readonly facts: Facts1
  readonly status: ApprovalStatus
  readonly quorum: QuorumState
  /** Set when the request was closed already: the review is recorded and changes nothing. */
  readonly refusal: Refusal | null
}

/** The facts of one review. Pure; `tally` is policy's count. */
export function review(
  execution: Execution,
  command: ReviewCommand,
  now: Time,
  tally: TallyReviews,
): Result<Reviewed, Refusal> {
  const approval = execution.approvals.find(({ approvalId }) => approvalId === command.approvalId)
  if (approval === undefined || approval.stepId !== command.stepId)
    return err(refuse("NOT_FOUND", { type: "Approval" }))
  if (command.approvalDigest !== approval.approvalDigest)
    return err(
      refuse("DIGEST_STALE", {
        what: "Approval",
        read: command.approvalDigest,
        now: approval.approvalDigest,
      }),
    )
  if (command.planDigest !== approval.statement.planDigest)
    return err(
      refuse("DIGEST_STALE", { what: "Plan", read: command.planDigest, now: approval.statement.planDigest }),
    )
  // By the time, not by the trace: perhaps no worker was running to record that the request expired.
  const status = statusAt(approval, now)
  if (!isAnswerable(status)) {
    const fact = reviewedFact(approval, command, {
      now,
      late: true,
      status,
      quorum: approval.quorum,
      notBefore: null,
    })
    return ok({
      facts: [fact],
      status,
      quorum: approval.quorum,
      refusal: refuse("APPROVAL_CLOSED", { status }),
    })
  }
  const own = currentOf(approval).get(command.human)
  if (command.decision === "withdraw" ? own !== "approve" : own === command.decision || own === "reject")
    return err(refuse("ALREADY_REVIEWED", {}))
  return ok(counted(execution, approval, command, now, tally))
}

/** The system withdraws the approvals of people who may no longer give them; empty when there are none. */
export function withdrawalFacts(
  approval: Approval,
  gone: readonly { readonly human: HumanId; readonly reviewId: ReviewId }[],
  seen: { readonly now: Time; readonly tally: TallyReviews },
): readonly Fact[] {
  const facts: Fact[] = []
  let reviews = reviewFacts(approval)
  for (const { human, reviewId } of gone) {
    const given = approval.reviews.findLast((one) => one.human === human)
    if (given === undefined) continue
    reviews = [
      ...reviews,
      { approvalId: approval.approvalId, human, decision: "withdraw", roles: [], assurance: given.assurance },
    ]
    const quorum = tallyOf(approval, reviews, seen.tally)
    facts.push(
      reviewedFact(
        approval,
        {
          approvalId: approval.approvalId,
          reviewId,
          decision: "withdraw",
          human,
          roles: [],
          assurance: given.assurance,
          method: "system",
          channel: given.channel,
          token: null,
          reason: null,
          reasonCode: null,
          note: null,
          signature: null,
        },
        {
          now: seen.now,
          late: false,
          quorum,
          notBefore: null,
          status: quorum.missing.length === 0 ? "approved" : "open",
        },
      ),
    )
  }
  return facts
}

/** Each person's current answer: the last one that was not withdrawn. */
export function currentOf(approval: Approval): ReadonlyMap<HumanId, ReviewDecision> {
  const current = new Map<HumanId, ReviewDecision>()
  for (const { human, decision } of approval.reviews)
    if (decision === "withdraw") current.delete(human)
    else current.set(human, decision)
  return current
}

function counted(
  execution: Execution,
  approval: Approval,
  command: ReviewCommand,
  now: Time,
  tally: TallyReviews,
): Reviewed {
  const { approvalId } = approval
  const { human, decision, roles, assurance } = command
  const quorum = tallyOf(
    approval,
    [...reviewFacts(approval), { approvalId, human, decision, roles, assurance }],
    tally,
  )
  const met = quorum.missing.length === 0
  const status = decision === "reject" ? "rejected" : met ? "approved" : "open"
  const notBefore =
    status !== "approved"
      ? null
      : approval.state.status === "approved"
        ? approval.state.notBefore
        : addMs(now, durationMs(approval.obligations.grace))
  const fact = reviewedFact(approval, command, { now, late: false, status, quorum, notBefore })
  if (status !== "rejected") return { facts: [fact], status, quorum, refusal: null }
  const step = execution.steps.find(({ stepId }) => stepId === approval.stepId)
  const block =
    step?.state.status === "held"
      ? [blockedFact({ ...step, reason: "approvalRejected", message: "Somebody rejected it.", approvalId })]
      : []
  return { facts: [fact, ...block], status, quorum, refusal: null }
}

interface Standing {
  readonly now: Time
  readonly late: boolean
  readonly status: ApprovalStatus
  readonly quorum: QuorumState
  readonly notBefore: Time | null
}

function reviewedFact(
  approval: Approval,
  command: Omit<ReviewCommand, "stepId" | "approvalDigest" | "planDigest" | "method"> & {
    readonly method: "session" | "ed25519" | "system"
  },
  standing: Standing,
): Fact {
  const { token, signature } = command
  // A signature covers one text: an approval has no reason, and any other answer no note.
  const isApproval = command.decision === "approve"
  const note = isApproval ? command.note : null
  const [reason, reasonCode] = isApproval ? [null, null] : [command.reason, command.reasonCode]
  return {
    kind: "controlPlane.approval.reviewed@1",
    payload: {
      approvalId: approval.approvalId,
      reviewId: command.reviewId,
      decision: command.decision,
      human: command.human,
      roles: command.roles,
      assurance: command.assurance,
      method: command.method,
      channel: command.channel,
      ...(token === null ? {} : { token }),
      ...(reason === null ? {} : { reason }),
      ...(reasonCode === null ? {} : { reasonCode }),
      ...(note === null ? {} : { note }),
      ...(signature === null ? {} : { signature }),
      late: standing.late,
      status: standing.status,
      quorum: standing.quorum,
      ...(standing.notBefore === null ? {} : { notBefore: standing.notBefore }),
      openMs: Math.max(0, msOfTime(standing.now) - msOfTime(approval.requestedAt)),
    },
  }
}

const tallyOf = (approval: Approval, reviews: readonly ReviewFact[], tally: TallyReviews): QuorumState =>
  tally(approval.obligations, reviews, approval.excluded)

const reviewFacts = ({ approvalId, reviews }: Approval): readonly ReviewFact[] =>
  reviews.map(({ human, decision, roles, assurance }) => ({ approvalId, human, decision, roles, assurance }))

/** That a request no longer asks anyone. */
export const voidedFact = ({ approvalId }: Approval, because: VoidCause): Fact => ({
  kind: "controlPlane.approval.voided@1",
  payload: { approvalId, because },
})
