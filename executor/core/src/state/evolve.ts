// The one transition function: the state of an execution after one more entry. No other code sets a status.
// Owns: which entry may follow which, for the execution; steps and approvals have a file each.
// Keeps INV-09 (a finished step stays finished, no start after a cancel), INV-07 (no gap), INV-01 and INV-02 by refusing
// a start that nothing allowed. Total: an entry that does not fit is an answer, and nothing is written.

import {
  addMs,
  assertNever,
  durationMs,
  err,
  ok,
  type Fact,
  type Payloads,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import { evolveApproval } from "./evolve-approval.ts"
import { evolveStep } from "./evolve-step.ts"
import { executionStatus, isCall, mayPause, timedPause } from "./execution-status.ts"
import type { Execution, IllegalEntry, IntentFacts, Life, PlanFacts, RecordedFact } from "./execution.ts"
import { dependantsOf, isFinished, restart, deriveSteps, stepsOfPlan } from "./step-graph.ts"

type Evolved = Result<Execution, IllegalEntry>

/** The execution after `entry`; `null` before the first. Pure and total. */
export function evolve(execution: Execution | null, entry: RecordedFact): Evolved {
  if (execution === null) return begin(entry)
  if (entry.head.seq !== execution.head.seq + 1) return refuse(execution, entry, "a gap in seq")
  if (entry.head.executionId !== execution.executionId) return refuse(execution, entry, "another execution")
  const next = apply(execution, entry)
  if (!next.ok) return next
  const placed = {
    ...next.value,
    head: { seq: entry.head.seq, hash: entry.hash },
    updatedAt: entry.head.time,
  }
  return ok(placed.plan === null ? placed : deriveSteps(placed))
}

function apply(execution: Execution, entry: RecordedFact): Evolved {
  const { fact } = entry
  switch (fact.kind) {
    case "controlPlane.intent.received@1":
      return refuse(execution, entry, "the intent came already")
    case "controlPlane.plan.compiled@1":
      return inLife(execution, entry, ["received"], () => planned(execution, fact.payload, entry.head.time))
    case "controlPlane.plan.rejected@1":
      return inLife(execution, entry, ["received"], () =>
        ok({
          ...execution,
          life: { at: "rejected", endedAt: entry.head.time, rejections: fact.payload.rejections },
        }),
      )
    case "controlPlane.execution.started@1":
      return inLife(execution, entry, ["planned"], () =>
        execution.cancel === null && execution.plan?.planDigest === fact.payload.planDigest
          ? ok({
              ...execution,
              life: { at: "started" },
              startedAt: entry.head.time,
              minimumMode: fact.payload.minimumMode,
            })
          : refuse(execution, entry, "cancelled, or another plan"),
      )
    case "controlPlane.execution.paused@1":
      return inLife(execution, entry, ["planned", "started"], () =>
        !mayPause(execution, fact.payload) || execution.cancel !== null
          ? refuse(execution, entry, "paused or cancelling already")
          : ok({
              ...execution,
              pause: {
                because: fact.payload.because,
                reason: fact.payload.reason,
                since: entry.head.time,
                until: fact.payload.until ?? null,
                covers: timedPause(execution),
              },
            }),
      )
    case "controlPlane.execution.resumed@1":
      return fact.payload.cause === "retry"
        ? retried(execution, entry, fact.payload)
        : resumed(execution, entry)
    case "controlPlane.execution.cancelRequested@1":
      return inLife(execution, entry, ["received", "planned", "started"], () =>
        execution.cancel !== null && !(execution.cancel.undo === "none" && fact.payload.undo === "completed")
          ? refuse(execution, entry, "cancelling already")
          : ok({
              ...execution,
              pause: null,
              cancel: { reason: fact.payload.reason, undo: fact.payload.undo, since: entry.head.time },
            }),
      )
    case "controlPlane.execution.cancelled@1":
      return execution.cancel === null
        ? refuse(execution, entry, "there was no cancel")
        : close(execution, entry, { at: "cancelled", endedAt: entry.head.time, undone: fact.payload.undone })
    case "controlPlane.execution.failed@1":
      return close(execution, entry, {
        at: "failed",
        endedAt: entry.head.time,
        failure: fact.payload.failure,
        undone: fact.payload.undone,
      })
    case "controlPlane.execution.completed@1":
      return execution.cancel === null &&
        execution.steps.every(
          ({ role, index, state }) =>
            role === "do" && (index !== null || state.status === "completed" || state.status === "skipped"),
        )
        ? close(execution, entry, {
            at: "completed",
            endedAt: entry.head.time,
            output: fact.payload.output ?? null,
            outputDigest: fact.payload.outputDigest ?? null,
          })
        : refuse(execution, entry, "a step is neither completed nor skipped")
    case "controlPlane.policy.decided@1":
    case "controlPlane.execution.step.started@1":
    case "controlPlane.execution.step.blocked@1":
    case "controlPlane.execution.step.completed@1":
    case "controlPlane.execution.step.failed@1":
    case "controlPlane.execution.step.inDoubt@1":
    case "controlPlane.execution.step.resolved@1":
    case "controlPlane.execution.step.skipped@1":
    case "controlPlane.execution.step.undone@1":
      return inLife(execution, entry, ["planned", "started"], () => evolveStep(execution, entry, fact))
    case "controlPlane.approval.requested@1":
    case "controlPlane.approval.reviewed@1":
    case "controlPlane.approval.escalated@1":
    case "controlPlane.approval.expired@1":
    case "controlPlane.approval.voided@1":
      return evolveApproval(execution, entry, fact)
    case "controlPlane.policy.activated@1":
    case "controlPlane.grant.given@1":
    case "controlPlane.grant.revoked@1":
    case "controlPlane.principal.added@1":
    case "controlPlane.principal.disabled@1":
    case "controlPlane.principal.enabled@1":
    case "controlPlane.owner.recovered@1":
    case "controlPlane.contract.drifted@1":
    case "controlPlane.trace.erased@1":
      // The trace of the execution that ran a governance command records what it did; the entry changes no step.
      return inLife(execution, entry, ["started"], () => ok(execution))
    default:
      return assertNever(fact)
  }
}

function begin(entry: RecordedFact): Evolved {
  const { fact, head } = entry
  if (fact.kind !== "controlPlane.intent.received@1" || head.seq !== 1)
    return err({ kind: fact.kind, seq: head.seq, because: "a trace begins with its intent", status: "none" })
  const { keyDigest: _key, registryDigest: _registry, runtime: _runtime, ...said } = fact.payload
  const intent: IntentFacts = {
    ...said,
    principal: head.principal.id,
    onBehalfOf: head.onBehalfOf,
    traceparent: head.traceparent,
  }
  return ok({
    executionId: head.executionId,
    tenant: head.tenant,
    environment: head.environment,
    head: { seq: head.seq, hash: entry.hash },
    createdAt: head.time,
    updatedAt: head.time,
    intent,
    life: { at: "received" },
    plan: null,
    steps: [],
    approvals: [],
    minimumMode: fact.payload.minimumMode,
    startedAt: null,
    pause: null,
    cancel: null,
    reopenedSeq: 0,
  })
}

function planned(
  execution: Execution,
  payload: Payloads["controlPlane.plan.compiled@1"],
  time: Time,
): Evolved {
  const bound = addMs(time, durationMs(payload.plan.bounds.deadline))
  const asked = execution.intent.deadline
  const plan: PlanFacts = {
    plan: payload.plan,
    planId: payload.planId,
    planDigest: payload.planDigest,
    origin: payload.origin,
    author: payload.author,
    onFailure: payload.onFailure,
    deadline: asked !== undefined && asked < bound ? asked : bound,
  }
  return ok({ ...execution, life: { at: "planned" }, plan, steps: stepsOfPlan(plan) })
}

function resumed(execution: Execution, entry: RecordedFact): Evolved {
  if (execution.pause === null) return refuse(execution, entry, "not paused")
  // A verdict from before the pause may rest on outdated facts: cleared steps are decided again.
  const steps = execution.steps.map((step) =>
    step.state.status === "cleared" ? { ...step, state: { status: "ready" } as const, verdict: null } : step,
  )
  return ok({ ...execution, pause: null, steps })
}

function retried(
  execution: Execution,
  entry: RecordedFact,
  payload: Payloads["controlPlane.execution.resumed@1"],
): Evolved {
  const step = execution.steps.find((one) => one.stepId === payload.stepId && one.role === "do")
  if (execution.life.at !== "failed" || execution.plan === null || step === undefined)
    return refuse(execution, entry, "not a failed execution, or no such step")
  if (execution.steps.some((one) => one.role === "undo")) return refuse(execution, entry, "steps were undone")
  if (!isFailed(step.state.status) || payload.generation !== step.generation + 1)
    return refuse(execution, entry, "not a failed step, or another generation")
  const orphans = new Set(dependantsOf(execution.plan.plan, step.key))
  const steps = execution.steps.map((one) => {
    if (one.stepId === step.stepId)
      return {
        ...restart(one, one.generation + 1),
        spread: one.spread,
        ...(one.spread === null ? {} : { state: { status: "ready" } as const }),
      }
    const sameFanOut = one.place === step.place && one.role === "do"
    // A fan-out is tried again through its instances, and an instance only together with its fan-out.
    if (sameFanOut && step.index === null && isFailed(one.state.status))
      return restart(one, one.generation + 1)
    if (sameFanOut && step.index !== null && one.index === null)
      return { ...one, generation: one.generation + 1, state: { status: "ready" } as const }
    const orphan =
      orphans.has(one.key) && one.state.status === "skipped" && one.state.because === "dependencyFailed"
    return orphan ? restart(one, one.generation) : one
  })
  const life: Life = execution.startedAt === null ? { at: "planned" } : { at: "started" }
  return ok({ ...execution, life, steps, pause: null, reopenedSeq: entry.head.seq })
}

function close(execution: Execution, entry: RecordedFact, life: Life): Evolved {
  const open = execution.steps.some(
    (step) =>
      isCall(step) &&
      (step.state.status === "running" ||
        step.state.status === "inDoubt" ||
        (step.role === "undo" && !isFinished(step))),
  )
  if (open) return refuse(execution, entry, "a step is running, in doubt or being undone")
  const asking = execution.approvals.some(
    ({ state }) => state.status === "open" || state.status === "approved",
  )
  if (asking) return refuse(execution, entry, "an approval is open")
  return inLife(
    execution,
    entry,
    life.at === "completed" ? ["started"] : ["received", "planned", "started"],
    () => ok({ ...execution, life, pause: null }),
  )
}

const isFailed = (status: string): boolean => status === "failed" || status === "blocked"

function inLife(
  execution: Execution,
  entry: RecordedFact,
  lives: readonly Life["at"][],
  then: () => Evolved,
): Evolved {
  return lives.includes(execution.life.at)
    ? then()
    : refuse(execution, entry, "not at this point of its life")
}

function refuse(
  execution: Execution,
  { fact, head }: { readonly fact: Fact; readonly head: RecordedFact["head"] },
  because: string,
): Evolved {
  return err({ kind: fact.kind, seq: head.seq, because, status: executionStatus(execution) })
}
