// What a step can see of its execution: the outputs of finished steps, and its own element of a fan-out.
// Owns: the scope, and resolving an input or a condition in it. Does not own: what references mean (contracts).

import {
  evaluateCondition,
  executionOutputBytesMax,
  isList,
  resolveInput,
  stepInputBytesMax,
  type Json,
  type ResolveProblem,
  type Result,
  type Scope,
  type StepValue,
} from "@counterfoil/contracts"
import type { Execution, Step } from "./execution.ts"

/** The outputs of all finished forward steps by key; an instance's output is only part of its fan-out's. */
export function outputsOf(execution: Execution): ReadonlyMap<string, StepValue> {
  const outputs = new Map<string, StepValue>()
  for (const step of execution.steps) {
    if (step.role !== "do" || step.index !== null) continue
    const value = valueOf(step)
    if (value !== null) outputs.set(step.key, value)
  }
  return outputs
}

/** The scope of a step. For an undo step, its owner's own output is under the owner's key. */
export function scopeOf(execution: Execution, step: Step): Scope {
  const outputs = new Map(outputsOf(execution))
  if (step.role === "undo") {
    const owner = execution.steps.find(
      (one) => one.role === "do" && one.key === step.key && one.index === step.index,
    )
    const value = owner === undefined ? null : valueOf(owner)
    if (value !== null) outputs.set(step.key, value)
  }
  if (step.index === null) return { outputs }
  const elements = elementsOf(execution, step)
  const item = elements.ok ? elements.value[step.index] : undefined
  return item === undefined ? { outputs } : { outputs, item, index: step.index }
}

/** The array that a fan-out runs over. `shape` when the value is not an array. */
export function elementsOf(execution: Execution, step: Step): Result<readonly Json[], ResolveProblem> {
  const over = resolveInput(
    step.planStep.each?.over ?? null,
    { outputs: outputsOf(execution) },
    executionOutputBytesMax,
  )
  if (!over.ok) return over
  return isList(over.value)
    ? { ok: true, value: over.value }
    : { ok: false, error: { kind: "shape", at: "" } }
}

/**
 * The step's input as the plan has it, with every reference replaced. Not yet parsed by its contract. `size` when it would be longer
 * than an input may be: nothing is made of many references to one large output.
 */
export function resolvedInput(execution: Execution, step: Step): Result<Json, ResolveProblem> {
  const input = step.role === "undo" ? (step.planStep.undo?.input ?? null) : step.planStep.input
  return resolveInput(input, scopeOf(execution, step), stepInputBytesMax)
}

/** Whether the step's condition holds; an undo step and a fan-out as a whole have none. */
export function conditionHolds(execution: Execution, step: Step): Result<boolean, ResolveProblem> {
  return evaluateCondition(step.planStep.when, scopeOf(execution, step))
}

function valueOf(step: Step): StepValue | null {
  switch (step.state.status) {
    case "completed":
    case "undone":
      return { status: "completed", output: step.state.output }
    case "skipped":
      return { status: "skipped" }
    case "pending":
    case "ready":
    case "held":
    case "cleared":
    case "running":
    case "retrying":
    case "inDoubt":
    case "failed":
    case "blocked":
      return null
  }
}
