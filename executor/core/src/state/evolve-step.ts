// How one step goes from state to state.
// Owns: the table of which entry a step in which state takes, and what each leaves. Does not own: readiness (step-graph.ts).
// Keeps INV-09: one start an attempt, none for a finished step; INV-02: no start without the verdict and approval it names.

import {
  assertNever,
  err,
  ok,
  peopleBehind,
  type Fact,
  type Payloads,
  type Result,
  type StepStatus,
} from "@counterfoil/contracts"
import { mayStart } from "./execution-status.ts"
import type {
  Approval,
  BoundVerdict,
  Execution,
  IllegalEntry,
  RecordedFact,
  Step,
  StepFailure,
  StepState,
} from "./execution.ts"
import { restart } from "./step-graph.ts"

/** Facts about one step. */
export type StepFact = Extract<
  Fact,
  { readonly kind: `controlPlane.execution.step.${string}` | "controlPlane.policy.decided@1" }
>

/** Which states take which entry; every other pair is refused. A fan-out as a whole takes its outcomes while ready. */
export const stepEntries: { readonly [K in StepFact["kind"]]: readonly StepStatus[] } = {
  "controlPlane.policy.decided@1": ["pending", "ready", "held", "cleared", "retrying"],
  "controlPlane.execution.step.started@1": ["held", "cleared", "retrying"],
  "controlPlane.execution.step.blocked@1": ["pending", "ready", "held", "cleared", "retrying"],
  "controlPlane.execution.step.completed@1": ["ready", "running", "inDoubt"],
  "controlPlane.execution.step.failed@1": ["ready", "running", "retrying"],
  "controlPlane.execution.step.inDoubt@1": ["ready", "running", "retrying"],
  "controlPlane.execution.step.resolved@1": ["inDoubt"],
  "controlPlane.execution.step.skipped@1": ["pending", "ready", "cleared", "retrying"],
  "controlPlane.execution.step.undone@1": ["completed"],
}

/** The execution after an entry about one of its steps. */
export function evolveStep(
  execution: Execution,
  entry: RecordedFact,
  fact: StepFact,
): Result<Execution, IllegalEntry> {
  const step = execution.steps.find((one) => one.stepId === fact.payload.stepId)
  const refuse = (because: string): Result<Execution, IllegalEntry> =>
    err({ kind: fact.kind, seq: entry.head.seq, because, status: step?.state.status ?? "none" })
  if (step === undefined) return refuse("no such step")
  if (step.generation !== fact.payload.generation) return refuse("another generation")
  if (!stepEntries[fact.kind].includes(step.state.status)) return refuse("not in this state")
  const next = stepAfter(execution, step, entry, fact)
  if (typeof next === "string") return refuse(next)
  const steps = execution.steps.map((one) => (one === step ? next : one))
  return ok({ ...execution, steps, approvals: approvalsAfter(execution, entry, fact) })
}

// Answers the step as it is afterwards, or why the entry does not fit.
function stepAfter(execution: Execution, step: Step, entry: RecordedFact, fact: StepFact): Step | string {
  const to = (state: StepState): Step => ({ ...step, state })
  const { seq, time } = entry.head
  switch (fact.kind) {
    case "controlPlane.policy.decided@1":
      return afterVerdict(step, fact.payload, {
        digest: fact.payload.verdictDigest,
        core: fact.payload.verdict.core,
        policySetDigest: fact.payload.verdict.circumstances.policySetDigest,
        at: time,
        behind: [...new Set(fact.payload.request.chain.flatMap(peopleBehind))].toSorted(),
      })
    case "controlPlane.execution.step.started@1":
      return afterStart(execution, step, entry, fact.payload)
    case "controlPlane.execution.step.blocked@1":
      return to({
        status: "blocked",
        reason: fact.payload.reason,
        message: fact.payload.message,
        approvalId: fact.payload.approvalId ?? null,
        seq,
      })
    case "controlPlane.execution.step.completed@1": {
      const { attempt, output, outputDigest, source, late, durationMs, providerRef } = fact.payload
      const wrong =
        wrongAttempt(step, attempt, source === "fanOut") ??
        (late === (step.state.status === "inDoubt") ? null : "late is what comes after in doubt")
      if (wrong !== null) return wrong
      return to({
        status: "completed",
        output,
        outputDigest,
        source,
        at: time,
        seq,
        durationMs,
        providerRef: providerRef ?? null,
      })
    }
    case "controlPlane.execution.step.failed@1":
      return afterFailure(step, fact.payload, seq)
    case "controlPlane.execution.step.inDoubt@1":
      // Ready again after an attempt that may have taken effect: the verdict has changed since.
      if (step.state.status === "ready" && !step.tries.uncertain) return "nothing is uncertain"
      return (
        otherAttempt(step, fact.payload.attempt) ??
        to({ status: "inDoubt", attempt: fact.payload.attempt, since: time, because: fact.payload.because })
      )
    case "controlPlane.execution.step.resolved@1":
      return wrongAttempt(step, fact.payload.attempt, false) ?? afterResolution(step, entry, fact.payload)
    case "controlPlane.execution.step.skipped@1":
      return step.role === "undo"
        ? "an undo step is never skipped"
        : to({ status: "skipped", because: fact.payload.because })
    case "controlPlane.execution.step.undone@1": {
      const undo = execution.steps.find(
        (one) =>
          one.stepId === fact.payload.undoStepId &&
          one.role === "undo" &&
          one.key === step.key &&
          one.index === step.index,
      )
      if (undo?.state.status !== "completed" || step.state.status !== "completed")
        return "its undo step is not completed"
      return to({
        status: "undone",
        output: step.state.output,
        undoStepId: fact.payload.undoStepId,
        seq: step.state.seq,
      })
    }
    default:
      return assertNever(fact)
  }
}

function afterVerdict(
  step: Step,
  payload: Payloads["controlPlane.policy.decided@1"],
  verdict: BoundVerdict,
): Step | string {
  if (payload.phase === "preview") return { ...step, preview: verdict }
  if (step.state.status === "pending") return "a binding verdict before its turn"
  const decided = { ...step, verdict }
  // Policy decided again just before the start, with the same result: only the verdict's age changes.
  if (payload.phase === "consumption")
    return step.state.status !== "ready" && step.verdict?.digest === verdict.digest
      ? decided
      : "not the verdict that it was bound to"
  if ((payload.phase === "undo") !== (step.role === "undo")) return "a verdict of another phase"
  if (step.state.status === "held") return "held under another verdict"
  if (verdict.core.decision === "allow" && step.state.status !== "retrying")
    return { ...decided, state: { status: "cleared" } }
  // A denied step waits here for its `step.blocked`, a held one for its `approval.requested`, in the same append.
  return step.state.status === "retrying" && verdict.core.decision === "allow"
    ? decided
    : { ...decided, state: { status: "ready" } }
}

function afterStart(
  execution: Execution,
  step: Step,
  entry: RecordedFact,
  payload: Payloads["controlPlane.execution.step.started@1"],
): Step | string {
  const { tries, sent, verdict } = step
  if (!mayStart(execution, step)) return "no step starts now"
  if (payload.attempt !== tries.started + 1) return "not the next attempt"
  if (verdict === null || verdict.core.decision === "deny" || verdict.digest !== payload.verdictDigest)
    return "not the verdict of this step"
  if (verdict.core.inputDigest !== payload.inputDigest) return "not the input that was decided"
  const approvalId = payload.approvalId ?? null
  if (verdict.core.decision === "hold" && approvalId === null) return "held without an approval"
  if (
    approvalId !== null &&
    !covers(
      execution.approvals.find((one) => one.approvalId === approvalId),
      step,
      payload,
    )
  )
    return "no valid approval"
  if (sent !== null && sent.idempotencyKey !== payload.idempotencyKey) return "another key in one generation"
  if (step.state.status === "retrying" && entry.head.time < step.state.retryAt) return "before it is due"
  return {
    ...step,
    tries: { ...tries, started: payload.attempt, firstStartedAt: tries.firstStartedAt ?? entry.head.time },
    sent: {
      contract: payload.contract,
      input: payload.input,
      inputDigest: payload.inputDigest,
      idempotencyKey: payload.idempotencyKey,
      approvalId,
      verdictDigest: payload.verdictDigest,
      startedAt: entry.head.time,
      deadline: payload.deadline,
    },
    state: {
      status: "running",
      attempt: payload.attempt,
      startedAt: entry.head.time,
      deadline: payload.deadline,
      worker: payload.worker,
    },
  }
}

// An approval covers every attempt of its generation: the first consumes it, the others find it consumed.
function covers(
  approval: Approval | undefined,
  step: Step,
  payload: Payloads["controlPlane.execution.step.started@1"],
): boolean {
  if (approval === undefined || approval.approvalDigest !== payload.approvalDigest) return false
  if (approval.stepId !== step.stepId || approval.generation !== step.generation) return false
  if (
    approval.statement.inputDigest !== payload.inputDigest ||
    approval.statement.verdictDigest !== payload.verdictDigest
  )
    return false
  return step.state.status === "retrying"
    ? approval.state.status === "consumed" && step.sent?.approvalId === approval.approvalId
    : approval.state.status === "approved" &&
        step.state.status === "held" &&
        step.state.approvalId === approval.approvalId
}

function afterFailure(
  step: Step,
  payload: Payloads["controlPlane.execution.step.failed@1"],
  seq: number,
): Step | string {
  const wrong = wrongAttempt(step, payload.attempt, payload.source === "fanOut")
  if (wrong !== null) return wrong
  if (payload.final) return { ...step, state: { status: "failed", error: payload.error, seq } }
  if (step.state.status !== "running" || payload.retryAt === undefined)
    return "only a running attempt can be tried again, at a stated time"
  const uncertain = step.tries.uncertain || isUncertain(payload.error, payload.source)
  return {
    ...step,
    tries: { ...step.tries, uncertain },
    state: { status: "retrying", attempt: payload.attempt, retryAt: payload.retryAt, error: payload.error },
  }
}

// After a time-out or an unclear end the effect is unknown; a probe that found nothing settles that it did not happen.
const isUncertain = (error: StepFailure, source: string): boolean =>
  (error.code === "HANDLER_TIMEOUT" || error.code === "HANDLER_FAILED") && source !== "probe"

function afterResolution(
  step: Step,
  entry: RecordedFact,
  payload: Payloads["controlPlane.execution.step.resolved@1"],
): Step | string {
  if (payload.outcome === "happened") {
    const { output, outputDigest } = payload
    if (output === undefined || outputDigest === undefined) return "what happened has an output"
    return {
      ...step,
      state: {
        status: "completed",
        output,
        outputDigest,
        source: "person",
        at: entry.head.time,
        seq: entry.head.seq,
        durationMs: 0,
        providerRef: null,
      },
    }
  }
  if (payload.next !== "fail") return { ...restart(step, step.generation + 1), state: { status: "ready" } }
  const error: StepFailure = {
    code: "STEP_FAILED",
    message: `Step ${step.key} did not happen.`,
    retryable: false,
  }
  return { ...step, state: { status: "failed", error, seq: entry.head.seq } }
}

// A fan-out as a whole has no attempts: its outcomes say so, and only its outcomes do.
function wrongAttempt(step: Step, attempt: number, fanOut: boolean): string | null {
  const whole = step.planStep.each !== null && step.index === null && step.role === "do"
  if (whole !== fanOut) return "an outcome of another kind of step"
  if (whole) return step.state.status === "ready" && attempt === 0 ? null : "a fan-out has no attempts"
  return step.state.status !== "ready" && attempt === step.tries.started ? null : "another attempt"
}

const otherAttempt = (step: Step, attempt: number): string | null =>
  attempt === step.tries.started ? null : "another attempt"

function approvalsAfter(execution: Execution, entry: RecordedFact, fact: StepFact): readonly Approval[] {
  if (fact.kind !== "controlPlane.execution.step.started@1") return execution.approvals
  return execution.approvals.map((approval) =>
    approval.approvalId === fact.payload.approvalId && approval.state.status === "approved"
      ? { ...approval, state: { status: "consumed", at: entry.head.time } }
      : approval,
  )
}
