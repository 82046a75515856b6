// How an approval request goes from state to state (docs/design/approvals.md).
// Owns: requests and their reviews. Does not own: whether a review is valid or a quorum met (decided before, in review.ts).
// Keeps INV-02: a request is bound to one input of one step; a late answer changes nothing.

import {
  assertNever,
  err,
  ok,
  type ApprovalId,
  type ApprovalStatus,
  type Fact,
  type Payloads,
  type Result,
  type SignedReview,
} from "@counterfoil/contracts"
import { statusAt } from "./approval-status.ts"
import type { Approval, ApprovalState, Execution, IllegalEntry, RecordedFact, Step } from "./execution.ts"

/** Facts about one approval request. */
type ApprovalFact = Extract<Fact, { readonly kind: `controlPlane.approval.${string}` }>

const live: readonly ApprovalStatus[] = ["open", "approved"]

/** Which states take which entry about them. A late review is taken in every state and changes none. */
export const approvalEntries: {
  readonly [
    K in Exclude<ApprovalFact["kind"], "controlPlane.approval.requested@1">
  ]: readonly ApprovalStatus[]
} = {
  "controlPlane.approval.reviewed@1": live,
  "controlPlane.approval.escalated@1": ["open"],
  "controlPlane.approval.expired@1": live,
  "controlPlane.approval.voided@1": live,
}

/** True when this signed review was given to this request before. It counts once: a withdrawn approval cannot be given again by sending a kept copy. */
export const isUsed = ({ reviews }: Approval, { payload }: SignedReview): boolean =>
  reviews.some(({ signature }) => signature?.payload === payload)

/** The execution after an entry about one of its approval requests. */
export function evolveApproval(
  execution: Execution,
  entry: RecordedFact,
  fact: ApprovalFact,
): Result<Execution, IllegalEntry> {
  const refuse = (because: string): Result<Execution, IllegalEntry> =>
    err({
      kind: fact.kind,
      seq: entry.head.seq,
      because,
      status:
        execution.approvals.find((one) => one.approvalId === fact.payload.approvalId)?.state.status ?? "none",
    })
  if (fact.kind === "controlPlane.approval.requested@1") {
    const next = requested(execution, entry, fact.payload)
    return typeof next === "string" ? refuse(next) : ok(next)
  }
  const approval = execution.approvals.find((one) => one.approvalId === fact.payload.approvalId)
  if (approval === undefined) return refuse("no such request")
  if (fact.kind === "controlPlane.approval.reviewed@1") {
    const { reviewId, signature } = fact.payload
    if (execution.approvals.some(({ reviews }) => reviews.some((one) => one.reviewId === reviewId)))
      return refuse("a review has this id already")
    if (signature !== undefined && isUsed(approval, signature))
      return refuse("this signature was used before")
  }
  const { status } = approval.state
  if (fact.kind === "controlPlane.approval.reviewed@1" && fact.payload.late)
    return live.includes(statusAt(approval, entry.head.time)) ? refuse("not late") : ok(execution)
  if (!approvalEntries[fact.kind].includes(status)) return refuse("not in this state")
  switch (fact.kind) {
    case "controlPlane.approval.reviewed@1": {
      const next = reviewed(approval, entry, fact.payload)
      return next === null ? refuse("this answer does not lead there") : ok(withApproval(execution, next))
    }
    case "controlPlane.approval.escalated@1":
      return ok(withApproval(execution, closed(approval, "escalated", entry)))
    case "controlPlane.approval.expired@1":
      return ok(
        withApproval(
          execution,
          closed(approval, fact.payload.fallback === "reject" ? "rejected" : "expired", entry),
        ),
      )
    case "controlPlane.approval.voided@1":
      return ok(
        releaseStep(
          withApproval(execution, {
            ...approval,
            state: { status: "voided", at: entry.head.time, because: fact.payload.because },
          }),
          approval.approvalId,
        ),
      )
    default:
      return assertNever(fact)
  }
}

function requested(
  execution: Execution,
  entry: RecordedFact,
  payload: Payloads["controlPlane.approval.requested@1"],
): Execution | string {
  const step = execution.steps.find((one) => one.stepId === payload.stepId)
  if (step === undefined || step.generation !== payload.generation) return "no such step"
  if (execution.approvals.some((one) => one.approvalId === payload.approvalId)) return "requested already"
  if (execution.life.at !== "started" || execution.pause !== null) return "no request is opened now"
  const { verdict } = step
  if (verdict?.core.decision !== "hold" || verdict.digest !== payload.statement.verdictDigest)
    return "no approval was requested"
  if (verdict.core.inputDigest !== payload.statement.inputDigest) return "another input"
  if (!isTurn(execution, step, payload)) return "held by another request, or not ready"
  const approval: Approval = {
    approvalId: payload.approvalId,
    approvalDigest: payload.approvalDigest,
    statement: payload.statement,
    stepId: payload.stepId,
    key: payload.key,
    index: payload.index ?? null,
    role: payload.role,
    generation: payload.generation,
    tier: payload.tier,
    obligations: payload.obligations,
    reasons: payload.reasons,
    preview: payload.preview,
    previewDigest: payload.previewDigest,
    excluded: payload.excluded,
    requestedAt: entry.head.time,
    expiresAt: payload.expiresAt,
    fallback: payload.fallback,
    level: payload.level,
    supersedes: payload.supersedes ?? null,
    state: { status: "open" },
    quorum: { needed: payload.obligations.quorum, met: [], missing: payload.obligations.quorum },
    reviews: [],
  }
  const steps = execution.steps.map((one): Step =>
    one === step ? { ...one, state: { status: "held", approvalId: payload.approvalId } } : one,
  )
  return { ...execution, steps, approvals: [...execution.approvals, approval] }
}

function isTurn(
  execution: Execution,
  step: Step,
  payload: Payloads["controlPlane.approval.requested@1"],
): boolean {
  if (payload.supersedes === undefined) return step.state.status === "ready"
  const before = execution.approvals.find((one) => one.approvalId === payload.supersedes)
  return (
    step.state.status === "held" &&
    step.state.approvalId === payload.supersedes &&
    before?.state.status === "escalated" &&
    payload.level === before.level + 1
  )
}

function reviewed(
  approval: Approval,
  entry: RecordedFact,
  payload: Payloads["controlPlane.approval.reviewed@1"],
): Approval | null {
  const state = stateAfterReview(approval, entry, payload)
  if (state === null) return null
  return {
    ...approval,
    state,
    quorum: payload.quorum,
    reviews: [...approval.reviews, { ...payload, at: entry.head.time }],
  }
}

function stateAfterReview(
  approval: Approval,
  { head }: RecordedFact,
  payload: Payloads["controlPlane.approval.reviewed@1"],
): ApprovalState | null {
  switch (payload.status) {
    case "open":
      return payload.quorum.missing.length > 0 && payload.decision !== "reject" ? { status: "open" } : null
    case "approved":
      if (payload.quorum.missing.length > 0 || payload.decision === "reject") return null
      // A surplus approval changes nothing, and delays nothing.
      if (approval.state.status === "approved") return approval.state
      return payload.notBefore === undefined ? null : { status: "approved", notBefore: payload.notBefore }
    case "rejected":
      return payload.decision === "reject" ? { status: "rejected", at: head.time } : null
    case "expired":
    case "escalated":
    case "voided":
    case "consumed":
      return null
  }
}

const closed = (
  approval: Approval,
  status: "rejected" | "expired" | "escalated",
  { head }: RecordedFact,
): Approval => ({ ...approval, state: { status, at: head.time } })

const withApproval = (execution: Execution, next: Approval): Execution => ({
  ...execution,
  approvals: execution.approvals.map((one) => (one.approvalId === next.approvalId ? next : one)),
})

// The verdict goes with the request: the step is decided anew.
const releaseStep = (execution: Execution, approvalId: ApprovalId): Execution => ({
  ...execution,
  steps: execution.steps.map((step): Step =>
    step.state.status === "held" && step.state.approvalId === approvalId
      ? { ...step, state: { status: "ready" }, verdict: null }
      : step,
  ),
})
