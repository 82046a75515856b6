// The work that is due for a fan-out as a whole: a block when its array is unfit, an outcome when all instances have ended.
// Owns: how instances add up. Does not own: the instances themselves (step-work.ts).

import { canonicalBytes, failure, planOutputBytesMax, type Json } from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { mayStart } from "../state/execution-status.ts"
import type { Step, StepFailure } from "../state/execution.ts"
import { stepFieldsOf } from "../facts/policy-question.ts"
import { elementsOf } from "../state/scope.ts"
import { instancesOf, isFinished } from "../state/step-graph.ts"
import { append, block, nothing, skippedFact, stopped, type Look, type StepLook } from "./look.ts"

/** What is due for a fan-out that is ready. */
export function lookAtFanOut(look: StepLook): Look {
  const { execution, step } = look
  if (step.spread === null) return stopped(look) ?? (mayStart(execution, step) ? blockFanOut(look) : nothing)
  const instances = instancesOf(execution, step)
  const lost = instances.filter(({ state }) => state.status === "failed" || state.status === "blocked")
  const stops = lost.length > 0 && step.planStep.each?.onFailure === "stop"
  const through = stops ? instances.every(isStill) : instances.every(isFinished)
  if (!through) return nothing
  if (lost.length > 0) return append(failed(step, failure("STEP_FAILED", { key: step.key })))
  if (instances.some(({ state }) => state.status === "skipped" && state.because === "cancelled"))
    return append(skippedFact(step, "cancelled"))
  return append(ended(step, instances))
}

// Under `stop`, an instance that never started stays as it is; one that was sent must have ended.
const isStill = (step: Step): boolean =>
  isFinished(step) || step.state.status === "ready" || step.state.status === "cleared"

function blockFanOut({ execution, step }: StepLook): Look {
  const elements = elementsOf(execution, step)
  return elements.ok
    ? append(
        block(
          step,
          "fanOutExceeded",
          `The array has ${elements.value.length} elements; the plan allows ${step.planStep.each?.max ?? 0}.`,
        ),
      )
    : append(block(step, "inputInvalid", "What the step should run over is not an array."))
}

function failed(step: Step, error: StepFailure): Parameters<typeof append>[0] {
  return {
    kind: "controlPlane.execution.step.failed@1",
    payload: {
      ...stepFieldsOf(step),
      role: "do",
      attempt: 0,
      final: true,
      error,
      source: "fanOut",
      durationMs: 0,
    },
  }
}

/** All outputs in one entry: more than an entry holds is no output, though each of them was. */
function ended(step: Step, instances: readonly Step[]): Parameters<typeof append>[0] {
  const output: readonly Json[] = instances.map(({ state }) =>
    state.status === "completed" || state.status === "undone" ? state.output : null,
  )
  const bytes = canonicalBytes(output)
  if (bytes.length > planOutputBytesMax)
    return failed(step, {
      ...failure("OUTPUT_INVALID", { contract: step.planStep.contract }),
      retryable: false,
    })
  return {
    kind: "controlPlane.execution.step.completed@1",
    payload: {
      ...stepFieldsOf(step),
      role: "do",
      attempt: 0,
      output,
      outputDigest: digestOf("counterfoil.output.v1", bytes),
      source: "fanOut",
      durationMs: 0,
      late: false,
    },
  }
}
