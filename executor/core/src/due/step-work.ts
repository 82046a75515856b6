// The work that is due for one step, by its state.
// Owns: one function a state. Does not own: the bounds over all steps (next-work.ts), approvals' own time (approval-work.ts).
// Keeps INV-02 (a dispatch is offered only after a verdict that allows, or an approval) and INV-03 (recover.ts decides).

import { isObject, failure, msOfTime, referencesOf, type Fact } from "@counterfoil/contracts"
import { lookAtHeld } from "./approval-work.ts"
import { mayStart } from "../state/execution-status.ts"
import type { Execution, Step, StepState } from "../state/execution.ts"
import { lookAtFanOut } from "./fan-out-work.ts"
import { append, block, dispatchOf, nothing, skippedFact, stopped, type Look, type StepLook } from "./look.ts"
import { inDoubtFact } from "../facts/outcome-facts.ts"
import { blockedFact, policyQuestion, stepFieldsOf } from "../facts/policy-question.ts"
import { inDoubtNotBefore, recover, windowPassed } from "../facts/recover.ts"
import { conditionHolds } from "../state/scope.ts"
import { contractOf, mayHaveHappened } from "../state/step-call.ts"
import { deadNeed } from "../state/step-graph.ts"

/** What is due for one step. */
export function lookAtStep(look: StepLook): Look {
  const { execution, step } = look
  const { state } = step
  switch (state.status) {
    case "pending":
      return lookAtPending(look)
    case "ready":
      return step.planStep.each !== null && step.index === null && step.role === "do"
        ? lookAtFanOut(look)
        : lookAtReady(look)
    case "held":
      return lookAtHeld(look, state)
    case "cleared":
      return stopped(look) ?? lookAtCleared(look)
    case "running":
      return lookAtRunning(look, state)
    case "retrying":
      return lookAtRetrying(look, state)
    case "completed":
      return step.role === "undo" ? undone(execution, step) : nothing
    case "inDoubt":
    case "failed":
    case "blocked":
    case "skipped":
    case "undone":
      return nothing
  }
}

function lookAtPending(look: StepLook): Look {
  const { execution, step } = look
  if (step.role === "undo") return nothing
  if (execution.cancel !== null) return append(skippedFact(step, "cancelled"))
  const dead = deadNeed(execution, step)
  return dead === null ? lookAtPreview(look) : append(skippedFact(step, dead))
}

// The preview: once, before the start, for each step whose input is known already, except the state that is read for it.
function lookAtPreview({ execution, step, calls, contracts }: StepLook): Look {
  const known = step.planStep.each === null && awaitsStateOnly(step, contracts)
  if (execution.life.at !== "planned" || execution.pause !== null || !known) return nothing
  if (step.preview !== null) {
    const denied = step.preview.core.decision === "deny" && step.planStep.when === null
    return denied
      ? append(block(step, step.preview.core.blockReason ?? "policyError", "Policy does not allow it."))
      : nothing
  }
  const call = calls(execution, step)
  return call.ok ? { kind: "decide", question: policyQuestion(step, call.value, "preview") } : nothing
}

// No rule sees that state: whether it is the right one is for people and the handler. The binding verdict has it in its input.
function awaitsStateOnly({ planStep }: Step, contracts: StepLook["contracts"]): boolean {
  const { needs, input, when } = planStep
  if (needs.length === 0) return true
  const observes = contracts(planStep.contract)?.observes ?? null
  if (observes?.hidden !== true || !isObject(input)) return false
  const rest = Object.entries(input).filter(([name]) => `/${name}` !== observes.at)
  return referencesOf(when).length === 0 && rest.every(([, value]) => referencesOf(value).length === 0)
}

function lookAtReady(look: StepLook): Look {
  const { execution, step, calls, room } = look
  // The verdict changed between two attempts: nothing is sent again, and the effect of the earlier attempt is unknown.
  if (isUncertain(look)) return doubtOf(look, "timeout")
  const stop = stopped(look)
  if (stop !== null) return stop
  if (execution.life.at === "planned") return lookAtPreview(look)
  if (!mayStart(execution, step)) return nothing
  // Before anything is resolved: a large fan-out looks only at the instances that have a place.
  if (step.verdict === null && !room.toDecide) return nothing
  if (step.role === "do" && step.verdict === null) {
    const holds = conditionHolds(execution, step)
    if (!holds.ok) return append(block(step, "conditionError", "The condition could not be decided."))
    if (!holds.value) return append(skippedFact(step, "conditionFalse"))
  }
  const call = calls(execution, step)
  if (!call.ok) return append(block(step, call.error.reason, call.error.message))
  const question = policyQuestion(step, call.value, step.role === "undo" ? "undo" : "binding")
  if (step.verdict === null || step.verdict.core.inputDigest !== call.value.inputDigest)
    return { kind: "decide", question }
  if (step.verdict.core.decision === "deny")
    return append(
      blockedFact({
        ...step,
        reason: step.verdict.core.blockReason ?? "policyError",
        message: "Policy does not allow it.",
        verdictDigest: step.verdict.digest,
      }),
    )
  return {
    kind: "request",
    question,
    input: call.value.input,
    idempotencyKey: call.value.idempotencyKey,
    level: 0,
    supersedes: null,
  }
}

function lookAtCleared(look: StepLook): Look {
  const { execution, step, calls, room } = look
  if (!mayStart(execution, step) || !room.toDispatch) return nothing
  const call = calls(execution, step)
  return call.ok
    ? dispatchOf(look, call.value, null)
    : append(block(step, call.error.reason, call.error.message))
}

function lookAtRunning(
  { execution, step, now, contracts }: StepLook,
  state: Extract<StepState, { status: "running" }>,
): Look {
  const { sent, tries } = step
  if (sent === null || tries.firstStartedAt === null) return nothing
  const contract = contractOf(step, contracts)
  const until = inDoubtNotBefore(state.deadline)
  if (!contract.ok)
    return now < until ? { kind: "wait", until } : append(inDoubtFact(execution, step, "crash"))
  const { effect, attemptsMax, facts } = contract.value
  const found = recover({
    effect,
    attempt: state.attempt,
    attemptsMax,
    startedAt: state.startedAt,
    firstStartedAt: tries.firstStartedAt,
    deadline: state.deadline,
    windowMs: facts.windowMs,
    settleMs: facts.settleMs,
    now,
  })
  switch (found.kind) {
    case "wait":
      // A paused execution probes nothing, so there is nothing to wake a worker for.
      return effect === "probeable" && execution.pause !== null
        ? nothing
        : { kind: "wait", until: found.until }
    case "probe":
      if (execution.pause !== null) return nothing
      return {
        kind: "probe",
        attempt: {
          stepId: step.stepId,
          contract: contract.value,
          attempt: state.attempt,
          input: sent.input,
          idempotencyKey: sent.idempotencyKey,
          startedAt: state.startedAt,
        },
      }
    case "inDoubt":
      return append(inDoubtFact(execution, step, found.because))
    case "runAgain":
    case "fail": {
      const error = failure("HANDLER_TIMEOUT", {
        contract: contract.value.pin.ref,
        seconds: Math.ceil(contract.value.deadlineMs / 1000),
      })
      const again = found.kind === "runAgain"
      return append({
        kind: "controlPlane.execution.step.failed@1",
        payload: {
          ...stepFieldsOf(step),
          role: step.role,
          attempt: state.attempt,
          final: !again,
          error: again ? error : { ...error, retryable: false },
          source: "recovery",
          durationMs: msOfTime(now) - msOfTime(state.startedAt),
          ...(again ? { retryAt: now } : {}),
        },
      })
    }
  }
}

function lookAtRetrying(look: StepLook, state: Extract<StepState, { status: "retrying" }>): Look {
  const { execution, step, now, contracts, calls, room } = look
  const contract = contractOf(step, contracts)
  const uncertain = isUncertain(look)
  const stop = contract.ok
    ? stopped(look)
    : append(block(step, contract.error.reason, contract.error.message))
  if (stop !== null) {
    if (uncertain) return doubtOf(look, "timeout")
    return stop.kind === "nothing" ? append(givenUp(step, state)) : stop
  }
  if (!contract.ok || execution.pause !== null) return nothing
  const passed =
    contract.value.effect === "keyed" &&
    step.tries.firstStartedAt !== null &&
    windowPassed({ firstStartedAt: step.tries.firstStartedAt, windowMs: contract.value.facts.windowMs, now })
  if (passed && uncertain) return doubtOf(look, "windowPassed")
  // Checked before the time: a step without a free place is not looked at again when its time has come.
  if (!room.toDispatch) return nothing
  if (now < state.retryAt) return { kind: "wait", until: state.retryAt }
  const call = calls(execution, step)
  if (call.ok) return dispatchOf(look, call.value, step.sent?.approvalId ?? null)
  return uncertain ? doubtOf(look, "timeout") : append(block(step, call.error.reason, call.error.message))
}

// Whether an earlier attempt may have taken effect. When the contract is gone, assume that it may.
function isUncertain({ step, contracts }: StepLook): boolean {
  if (!step.tries.uncertain) return false
  const contract = contractOf(step, contracts)
  return !contract.ok || mayHaveHappened(step, contract.value)
}

// An attempt that may have taken effect is never given up as failed: it becomes in doubt, when no answer can come any more.
function doubtOf({ execution, step, now }: StepLook, because: "timeout" | "windowPassed"): Look {
  const until = inDoubtNotBefore(step.sent?.deadline ?? now)
  return now < until ? { kind: "wait", until } : append(inDoubtFact(execution, step, because))
}

// The execution fails while this step waits for another attempt that will not come.
const givenUp = (step: Step, state: Extract<StepState, { status: "retrying" }>): Fact => ({
  kind: "controlPlane.execution.step.failed@1",
  payload: {
    ...stepFieldsOf(step),
    role: step.role,
    attempt: state.attempt,
    final: true,
    error: { ...state.error, retryable: false },
    source: "recovery",
    durationMs: 0,
  },
})

function undone(execution: Execution, step: Step): Look {
  const owner = execution.steps.find(
    (one) => one.role === "do" && one.place === step.place && one.index === step.index,
  )
  if (owner?.state.status !== "completed") return nothing
  return append({
    kind: "controlPlane.execution.step.undone@1",
    payload: { ...stepFieldsOf(owner), undoStepId: step.stepId },
  })
}
