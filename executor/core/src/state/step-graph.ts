// How the steps of an execution hang together: which exist, which became ready, which undo which.
// Owns: everything about steps that no entry says because it follows from the plan and the entries so far.
// Keeps INV-09: a step is ready only when its needs are completed and what it comes after is finished.

import { toleratesSkip, type Plan, type StepKey } from "@counterfoil/contracts"
import { stepIdOf } from "@counterfoil/contracts/digest"
import { undoWanted } from "./execution-status.ts"
import type { Execution, PlanFacts, Step, Tries } from "./execution.ts"
import { elementsOf } from "./scope.ts"

const noTries: Tries = { started: 0, firstStartedAt: null, uncertain: false }

/** The steps of a fresh plan: one for each of its steps, all pending. */
export function stepsOfPlan(facts: PlanFacts): readonly Step[] {
  return facts.plan.steps.map((_, place) => freshStep(facts, place, null, "do"))
}

/** Makes every derived change: pending steps whose turn it is, instances of fan-outs whose array is known, undo steps. */
export function deriveSteps(execution: Execution): Execution {
  return addUndoSteps(readyForward(execution))
}

/** A step with nothing behind it, as it begins each generation. */
export function restart(step: Step, generation: number): Step {
  return {
    ...step,
    generation,
    state: { status: step.index === null ? "pending" : "ready" },
    verdict: null,
    tries: noTries,
    sent: null,
  }
}

/** True when a need of this pending step can no longer be met, and why. */
export function deadNeed(execution: Execution, step: Step): "dependencySkipped" | "dependencyFailed" | null {
  for (const key of step.planStep.needs) {
    const need = forwardStep(execution, key)
    if (need === null) continue
    if (need.state.status === "failed" || need.state.status === "blocked") return "dependencyFailed"
    if (need.state.status === "skipped" && !toleratesSkip(step.planStep, key))
      return need.state.because === "dependencyFailed" ? "dependencyFailed" : "dependencySkipped"
  }
  return null
}

/** The forward step of a key: the plain step or the fan-out as a whole. */
function forwardStep(execution: Execution, key: StepKey): Step | null {
  return execution.steps.find((step) => step.role === "do" && step.index === null && step.key === key) ?? null
}

/** The instances of a fan-out, by index. */
export function instancesOf(execution: Execution, step: Step): readonly Step[] {
  return execution.steps.filter((one) => one.role === "do" && one.index !== null && one.place === step.place)
}

/** Keys of all steps that some path of needs and afters leads to from `key`, in plan order. */
export function dependantsOf(plan: Plan, key: StepKey): readonly StepKey[] {
  const reached = new Set<StepKey>([key])
  // One pass is enough: a plan's steps are in topological order.
  for (const step of plan.steps)
    if ([...step.needs, ...step.after].some((one) => reached.has(one))) reached.add(step.key)
  reached.delete(key)
  return plan.steps.filter((step) => reached.has(step.key)).map((step) => step.key)
}

/** True when an undo step may run: no step that built on its owner is still in effect or uncertain. */
function undoReady(execution: Execution, step: Step): boolean {
  if (execution.plan === null) return false
  const later = new Set(dependantsOf(execution.plan.plan, step.key))
  return execution.steps.every((one) => {
    if (!later.has(one.key)) return true
    if (one.role === "undo") return isFinished(one)
    return one.state.status !== "running" && one.state.status !== "inDoubt" && one.state.status !== "retrying"
  })
}

/** True when no entry but a person's retry or an undo can change the step any more. */
export function isFinished(step: Step): boolean {
  switch (step.state.status) {
    case "completed":
    case "failed":
    case "blocked":
    case "skipped":
    case "undone":
      return true
    case "pending":
    case "ready":
    case "held":
    case "cleared":
    case "running":
    case "retrying":
    case "inDoubt":
      return false
  }
}

function readyForward(execution: Execution): Execution {
  // Most entries change no other step than their own.
  if (!execution.steps.some((step) => becomesReady(execution, step) || isToSpread(step))) return execution
  const steps: Step[] = []
  for (const step of execution.steps) {
    const next: Step = becomesReady(execution, step) ? { ...step, state: { status: "ready" } } : step
    steps.push(...(isToSpread(next) ? spreadOut(execution, next) : [next]))
  }
  return { ...execution, steps }
}

const becomesReady = (execution: Execution, step: Step): boolean =>
  step.state.status === "pending" && step.role === "do" && needsMet(execution, step)

const isToSpread = ({ state, planStep, index, spread }: Step): boolean =>
  state.status === "ready" && planStep.each !== null && index === null && spread === null

function needsMet(execution: Execution, step: Step): boolean {
  const { needs, after } = step.planStep
  const needed = needs.every((key) => {
    const status = forwardStep(execution, key)?.state.status
    return status === "completed" || (status === "skipped" && toleratesSkip(step.planStep, key))
  })
  return (
    needed &&
    after.every((key) => {
      const status = forwardStep(execution, key)?.state.status
      return status === "completed" || status === "skipped"
    })
  )
}

// A value that is not an array, or is too long, makes no instance: `nextWork` blocks the fan-out.
function spreadOut(execution: Execution, step: Step): readonly Step[] {
  const elements = elementsOf(execution, step)
  const { plan } = execution
  if (plan === null || !elements.ok || elements.value.length > (step.planStep.each?.max ?? 0)) return [step]
  const instances = elements.value.map((_, index): Step => ({
    ...freshStep(plan, step.place, index, "do"),
    state: { status: "ready" },
  }))
  return [{ ...step, spread: instances.length }, ...instances]
}

function addUndoSteps(execution: Execution): Execution {
  const { plan } = execution
  if (plan === null || !undoWanted(execution)) return execution
  const known = new Set(
    execution.steps.filter((step) => step.role === "undo").map(({ place, index }) => `${place}/${index}`),
  )
  const added = execution.steps
    .filter(
      (step) =>
        step.role === "do" &&
        step.state.status === "completed" &&
        step.planStep.undo !== null &&
        step.spread === null,
    )
    .filter((step) => !known.has(`${step.place}/${step.index}`))
    .map((step) => freshStep(plan, step.place, step.index, "undo"))
  const forward = execution.steps.filter((step) => step.role === "do")
  const undo = [...execution.steps.filter((step) => step.role === "undo"), ...added].sort(
    (a, b) => b.place - a.place || (b.index ?? 0) - (a.index ?? 0),
  )
  const whole = { ...execution, steps: [...forward, ...undo] }
  return {
    ...whole,
    steps: whole.steps.map((step) =>
      step.role === "undo" && step.state.status === "pending" && undoReady(whole, step)
        ? { ...step, state: { status: "ready" } }
        : step,
    ),
  }
}

function freshStep(facts: PlanFacts, place: number, index: number | null, role: Step["role"]): Step {
  const planStep = facts.plan.steps[place]
  if (planStep === undefined) throw new RangeError("a step beyond the plan")
  return {
    stepId: stepIdOf({ planDigest: facts.planDigest, key: planStep.key, index, role }),
    key: planStep.key,
    index,
    role,
    place,
    planStep,
    generation: 0,
    state: { status: "pending" },
    verdict: null,
    preview: null,
    tries: noTries,
    sent: null,
    spread: null,
  }
}
