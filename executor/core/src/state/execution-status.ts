// The status of an execution: partly recorded, partly derived from its steps.
// Owns: the derivation, and who may still start. Does not own: the steps' own states (evolve.ts).
// Keeps INV-09: after a committed cancel, a failure or a block, no forward step starts.

import type { ExecutionStatus, Payloads } from "@counterfoil/contracts"
import type { Execution, Step, TimedPause } from "./execution.ts"

/** Where an execution is in its life. Derived from the trace alone, so that every reader sees the same. */
export function executionStatus(execution: Execution): ExecutionStatus {
  const { life } = execution
  switch (life.at) {
    case "rejected":
    case "cancelled":
    case "completed":
    case "failed":
      return life.at
    case "received":
    case "planned":
    case "started":
      break
  }
  const steps = execution.steps.filter(isCall)
  const acting = steps.some((step) => isActing(execution, step))
  if (!acting && steps.some((step) => step.state.status === "inDoubt")) return "inDoubt"
  if (execution.cancel !== null) return "cancelling"
  if (isStopping(execution)) return "failing"
  if (execution.pause !== null) return "paused"
  if (life.at !== "started") return life.at
  return !acting && waitingFor(execution).length > 0 ? "waiting" : "running"
}

/** What an execution waits for when nothing can be done now; sorted. */
export function waitingFor(execution: Execution): readonly ("approval" | "timer")[] {
  const steps = execution.steps.filter(isCall)
  const held = steps.some((step) => step.state.status === "held")
  const retrying = steps.some((step) => step.state.status === "retrying")
  return [...(held ? (["approval"] as const) : []), ...(retrying ? (["timer"] as const) : [])]
}

/** True after the first final failure or block since the last retry; instances count through their fan-out. */
export function isStopping(execution: Execution): boolean {
  return execution.steps.some(
    ({ role, index, state }) =>
      role === "do" &&
      index === null &&
      (state.status === "failed" || state.status === "blocked") &&
      state.seq > execution.reopenedSeq,
  )
}

/** True when completed steps that have an undo are to be undone. */
export function undoWanted(execution: Execution): boolean {
  if (execution.life.at !== "started") return false
  if (execution.cancel !== null) return execution.cancel.undo === "completed"
  return execution.plan?.onFailure === "undo" && isStopping(execution)
}

/** True while an attempt of this step may start, as far as the execution goes. Undo steps outlive a cancel, not a pause. */
export function mayStart(execution: Execution, step: Step): boolean {
  if (execution.life.at !== "started" || execution.pause !== null) return false
  return (
    step.role === "undo" ||
    (execution.cancel === null && !isStopping(execution) && !fanOutStopped(execution, step))
  )
}

/** True when a fan-out with `onFailure: stop` has lost an instance, so that no other instance starts. */
export function fanOutStopped(execution: Execution, step: Step): boolean {
  if (step.index === null || step.role === "undo" || step.planStep.each?.onFailure !== "stop") return false
  return execution.steps.some(
    (one) =>
      one.place === step.place &&
      one.index !== null &&
      one.role === "do" &&
      (one.state.status === "failed" || one.state.status === "blocked") &&
      one.state.seq > execution.reopenedSeq,
  )
}

/**
 * True when this pause may begin. Only one that the installation makes, and that has no end of its own, may cover another:
 * a pause that would end by itself must not outrun an emergency stop.
 */
export function mayPause(
  execution: Execution,
  { because, until }: Pick<Payloads["controlPlane.execution.paused@1"], "because" | "until">,
): boolean {
  if (execution.pause === null) return true
  return timedPause(execution) !== null && because !== "operator" && until === undefined
}

/** The pause of an execution if it ends by itself at a time. */
export function timedPause({ pause }: Execution): TimedPause | null {
  if (pause === null || pause.until === null) return null
  const { because, reason, until } = pause
  return { because, reason, until }
}

/** True for a step that is dispatched itself: every step but a fan-out as a whole. */
export const isCall = (step: Step): boolean => step.planStep.each === null || step.index !== null

function isActing(execution: Execution, step: Step): boolean {
  switch (step.state.status) {
    case "running":
      return true
    case "ready":
    case "cleared":
      return mayStart(execution, step)
    case "pending":
    case "held":
    case "retrying":
    case "inDoubt":
    case "completed":
    case "failed":
    case "blocked":
    case "skipped":
    case "undone":
      return false
  }
}
