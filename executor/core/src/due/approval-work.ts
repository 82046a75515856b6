// The work that is due for approval requests: their time-outs, and voiding requests whose step no longer waits.
// Owns: expiry, escalation, voids that follow from the state. Does not own: reviews (review.ts), consumption (consume.ts).
// Nothing here ever turns silence into an approval.

import type { Fact } from "@counterfoil/contracts"
import { isLive } from "../state/approval-status.ts"
import { mayStart } from "../state/execution-status.ts"
import type { Approval, Execution, StepState } from "../state/execution.ts"
import { blockedFact, policyQuestion } from "../facts/policy-question.ts"
import { voidedFact } from "../facts/review.ts"
import { append, block, dispatchOf, nothing, stopped, type Look, type StepLook } from "./look.ts"

/** Requests whose step no longer waits for them. */
export function lookAtApprovals(execution: Execution): readonly Look[] {
  return execution.approvals
    .filter((approval) => isLive(approval) && !isAwaited(execution, approval))
    .map((approval) => append(voidedFact(approval, "cancelled")))
}

/** What is due for a held step. */
export function lookAtHeld(look: StepLook, held: Extract<StepState, { status: "held" }>): Look {
  const { execution, step, now } = look
  const approval = execution.approvals.find(({ approvalId }) => approvalId === held.approvalId)
  if (approval === undefined) return nothing
  switch (approval.state.status) {
    case "rejected":
      return append(approvalBlock(look, approval, "approvalRejected", "Somebody rejected it."))
    case "expired":
      return append(approvalBlock(look, approval, "approvalExpired", "Nobody decided in time."))
    case "open":
    case "approved":
      break
    case "escalated":
    case "voided":
    case "consumed":
      return nothing
  }
  const stop = stopped(look)
  if (stop !== null)
    return append(voidedFact(approval, "cancelled"), ...(stop.kind === "append" ? stop.facts : []))
  if (now >= approval.expiresAt) return timedOut(look, approval)
  if (approval.state.status === "open")
    // A paused request does not escalate, so this time would wake a worker that has nothing to do.
    return execution.pause !== null && approval.fallback === "escalate"
      ? nothing
      : { kind: "wait", until: approval.expiresAt }
  // Before the grace: what may not start now is not looked at again because its grace is over.
  if (!mayStart(execution, step) || !look.room.toDispatch) return { kind: "wait", until: approval.expiresAt }
  if (now < approval.state.notBefore)
    return { kind: "wait", until: earlier(approval.state.notBefore, approval.expiresAt) }
  const call = look.calls(execution, step)
  if (!call.ok)
    return append(
      voidedFact(approval, call.error.reason === "contractMissing" ? "contractChanged" : "inputChanged"),
      block(step, call.error.reason, call.error.message),
    )
  if (call.value.inputDigest !== approval.statement.inputDigest)
    return append(voidedFact(approval, "inputChanged"))
  return dispatchOf(look, call.value, approval.approvalId)
}

// An approval that was not used in time expires; an unanswered request does what its level says.
function timedOut(look: StepLook, approval: Approval): Look {
  const { execution, step } = look
  const fallback = approval.state.status === "approved" ? "expire" : approval.fallback
  if (fallback === "escalate") {
    if (execution.pause !== null) return nothing
    const call = look.calls(execution, step)
    if (!call.ok)
      return append(
        voidedFact(approval, "contractChanged"),
        block(step, call.error.reason, call.error.message),
      )
    const question = policyQuestion(step, call.value, step.role === "undo" ? "undo" : "binding")
    return {
      kind: "request",
      question,
      input: call.value.input,
      idempotencyKey: call.value.idempotencyKey,
      level: approval.level + 1,
      supersedes: approval.approvalId,
    }
  }
  const expired: Fact = {
    kind: "controlPlane.approval.expired@1",
    payload: { approvalId: approval.approvalId, fallback },
  }
  return fallback === "reject"
    ? append(
        expired,
        approvalBlock(
          look,
          approval,
          "approvalRejected",
          "Nobody decided in time, which counts as a rejection.",
        ),
      )
    : append(expired, approvalBlock(look, approval, "approvalExpired", "Nobody decided in time."))
}

const approvalBlock = (
  { step }: StepLook,
  { approvalId }: Approval,
  reason: "approvalRejected" | "approvalExpired",
  message: string,
): Fact => blockedFact({ ...step, reason, message, approvalId })

function isAwaited(execution: Execution, approval: Approval): boolean {
  return execution.steps.some(
    ({ stepId, state }) =>
      stepId === approval.stepId && state.status === "held" && state.approvalId === approval.approvalId,
  )
}

const earlier = <T extends string>(a: T, b: T): T => (a < b ? a : b)
