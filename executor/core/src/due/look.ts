// A look at one step: what it is given, what it may find, and the answers that several looks share.
// Owns: stops (cancel, failure, deadline) and how a dispatch is put together. Does not own: the looks (step-work.ts).

import { msOfTime, type BlockReason, type Fact, type Time } from "@counterfoil/contracts"
import type { ContractLookup } from "../state/contract-facts.ts"
import { fanOutStopped, isStopping } from "../state/execution-status.ts"
import type { Execution, Step } from "../state/execution.ts"
import { blockedFact, policyQuestion, stepFieldsOf } from "../facts/policy-question.ts"
import type { StepCall, StepCalls } from "../state/step-call.ts"
import type { Dispatch, Facts1, Work } from "../facts/work.ts"

/** How long a verdict is used without asking again: grants end and hours change without a new policy set. */
const verdictFreshMs = 60_000

/** What a look at one thing found: work, a time to look again, or nothing. */
export type Look = Work | { readonly kind: "wait"; readonly until: Time } | { readonly kind: "nothing" }

/** Whether there is a place left for one more. */
export interface Room {
  readonly toDispatch: boolean
  readonly toDecide: boolean
}

/** What a look at one step is given. */
export interface StepLook {
  readonly execution: Execution
  readonly step: Step
  readonly now: Time
  readonly contracts: ContractLookup
  readonly calls: StepCalls
  readonly room: Room
}

/** There is nothing to do. */
export const nothing: Look = { kind: "nothing" }

/** How a step that may no longer start ends: skipped by a cancel, blocked by the deadline. Null while it may start. */
export function stopped({ execution, step, now }: StepLook): Look | null {
  if (step.role === "undo") return null
  if (execution.cancel !== null) return append(skippedFact(step, "cancelled"))
  if (isStopping(execution) || fanOutStopped(execution, step)) return nothing
  return execution.plan !== null && now >= execution.plan.deadline
    ? append(block(step, "deadlinePassed", "The deadline of the execution has passed."))
    : null
}

/** Facts to write, as work. */
export const append = (...facts: Facts1): Work => ({ kind: "append", facts })

/** That a step is skipped, and why. */
export const skippedFact = (
  step: Step,
  because: "conditionFalse" | "dependencySkipped" | "dependencyFailed" | "cancelled",
): Fact => ({ kind: "controlPlane.execution.step.skipped@1", payload: { ...stepFieldsOf(step), because } })

/** A block of this step, as one fact. */
export const block = (step: Step, reason: BlockReason, message: string): Fact =>
  blockedFact({ ...step, reason, message })

/** The dispatch of a step with this call: its next attempt. */
export function dispatchOf(
  { step, now }: StepLook,
  call: StepCall,
  approvalId: Dispatch["approvalId"],
): Dispatch {
  const age = step.verdict === null ? Number.POSITIVE_INFINITY : msOfTime(now) - msOfTime(step.verdict.at)
  return {
    kind: "dispatch",
    question: policyQuestion(step, call, step.role === "undo" ? "undo" : "binding"),
    contract: call.contract,
    attempt: step.tries.started + 1,
    input: call.input,
    inputDigest: call.inputDigest,
    idempotencyKey: call.idempotencyKey,
    approvalId,
    decideAgain: approvalId !== null || step.tries.started > 0 || age > verdictFreshMs,
  }
}
