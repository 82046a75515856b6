// How an execution starts by itself and how it ends.
// Owns: the closing facts with their output, failure and counts. Does not own: whether they may be written (evolve.ts).
// An execution never closes while a step is running, in doubt or being undone.

import {
  canonicalBytes,
  failure,
  planOutputBytesMax,
  resolveInput,
  type Fact,
  type StepCounts,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { isCall, isStopping } from "../state/execution-status.ts"
import type { Execution, Step, StepFailure } from "../state/execution.ts"
import { outputsOf } from "../state/scope.ts"
import { isFinished } from "../state/step-graph.ts"
import type { Work } from "../facts/work.ts"

/** The start of a planned execution that starts by itself; null when it has started, or a person must start it. */
export function startFact({ life, plan, intent, minimumMode }: Execution): Work | null {
  if (life.at !== "planned" || plan === null || intent.start === "manual") return null
  const { planId, planDigest } = plan
  return {
    kind: "append",
    facts: [{ kind: "controlPlane.execution.started@1", payload: { planId, planDigest, minimumMode } }],
  }
}

/** The end of an execution for which nothing else is due; empty while something can still happen. */
export function finishFacts(execution: Execution): readonly Work[] {
  const fact = closing(execution)
  return fact === null ? [] : [{ kind: "append", facts: [fact] }]
}

/** Steps by how they ended: every step that is called itself, and fan-outs that never spread. */
export function stepCountsOf(execution: Execution): StepCounts {
  const steps = execution.steps.filter((step) => step.role === "do" && (isCall(step) || step.spread === null))
  const count = (status: Step["state"]["status"]): number =>
    steps.filter(({ state }) => state.status === status).length
  const finished = steps.filter(isFinished).length
  const inDoubt = count("inDoubt")
  return {
    blocked: count("blocked"),
    completed: count("completed"),
    failed: count("failed"),
    inDoubt,
    open: steps.length - finished - inDoubt,
    skipped: count("skipped"),
    total: steps.length,
    undone: count("undone"),
  }
}

function closing(execution: Execution): Fact | null {
  const busy = execution.steps.some((step) => isCall(step) && isBusy(step))
  if (busy) return null
  const undone = execution.steps.filter(({ state }) => state.status === "undone").map(({ stepId }) => stepId)
  const stepCounts = stepCountsOf(execution)
  if (execution.cancel !== null)
    return {
      kind: "controlPlane.execution.cancelled@1",
      payload: { reason: execution.cancel.reason, undone, stepCounts },
    }
  if (execution.pause !== null) return null
  const whole = execution.steps.filter(({ role, index }) => role === "do" && index === null)
  if (
    execution.life.at === "started" &&
    whole.every(({ state }) => state.status === "completed" || state.status === "skipped")
  )
    return completed(execution, stepCounts)
  const failures = whole.flatMap(({ key, state }) =>
    state.status === "failed"
      ? [{ seq: state.seq, failure: state.error }]
      : state.status === "blocked"
        ? [{ seq: state.seq, failure: blockFailure(execution, key, state.reason) }]
        : [],
  )
  // What failed since the last retry says more than what failed before it.
  const [first] = failures.toSorted(
    (a, b) =>
      Number(a.seq <= execution.reopenedSeq) - Number(b.seq <= execution.reopenedSeq) || a.seq - b.seq,
  )
  const stuck =
    isStopping(execution) || whole.every((step) => isFinished(step) || step.state.status === "pending")
  return first === undefined || !stuck
    ? null
    : {
        kind: "controlPlane.execution.failed@1",
        payload: { failure: { ...first.failure, retryable: false }, undone, stepCounts },
      }
}

// These steps may still change. A step that is merely ready when nothing is due will never run.
function isBusy(step: Step): boolean {
  switch (step.state.status) {
    case "running":
    case "retrying":
    case "inDoubt":
    case "held":
      return true
    case "pending":
    case "ready":
    case "cleared":
      return step.role === "undo"
    case "completed":
    case "failed":
    case "blocked":
    case "skipped":
    case "undone":
      return false
  }
}

function completed(execution: Execution, stepCounts: StepCounts): Fact {
  // Any number of references may name one output. A value too long for its entry is left out, like a missing one.
  const output = resolveInput(
    execution.plan?.plan.output ?? null,
    { outputs: outputsOf(execution) },
    planOutputBytesMax,
  )
  const outcome = stepCounts.skipped > 0 ? "withSkips" : "all"
  if (!output.ok || output.value === null)
    return { kind: "controlPlane.execution.completed@1", payload: { outcome, stepCounts } }
  const outputDigest = digestOf("counterfoil.output.v1", canonicalBytes(output.value))
  return {
    kind: "controlPlane.execution.completed@1",
    payload: { outcome, output: output.value, outputDigest, stepCounts },
  }
}

function blockFailure(
  execution: Execution,
  key: Step["key"],
  reason: Extract<Step["state"], { status: "blocked" }>["reason"],
): StepFailure {
  return reason === "deadlinePassed" && execution.plan !== null
    ? failure("DEADLINE_PASSED", { time: execution.plan.deadline })
    : failure("STEP_BLOCKED", { key, reason })
}
