// What people do to one execution: start, cancel, pause, resume, retry, resolve.
// Owns: when each is accepted and what it leaves in the trace. Does not own: who may do it (policy), the lock, the append.
// Keeps INV-09: the commit of a cancel is the point after which no forward step starts.

import {
  ContractRef,
  canonicalBytes,
  err,
  ok,
  peopleBehind,
  refuse,
  type Digest,
  type ExecutionStatus,
  type Fact,
  type Payloads,
  type PrincipalId,
  type Refusal,
  type Result,
  type Json,
  type StepId,
  type StepStatus,
  type Time,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import { isLive } from "../state/approval-status.ts"
import { voidedFact } from "./review.ts"
import type { ContractLookup } from "../state/contract-facts.ts"
import { executionStatus, isCall, mayPause } from "../state/execution-status.ts"
import type { Execution, Step } from "../state/execution.ts"
import { stepFieldsOf } from "./policy-question.ts"
import { contractOf } from "../state/step-call.ts"
import { isFinished } from "../state/step-graph.ts"

type Resolved = Payloads["controlPlane.execution.step.resolved@1"]

/** What a person or service asks of one execution. */
export type ControlCommand =
  | { readonly kind: "start"; readonly planDigest: Digest }
  | { readonly kind: "cancel"; readonly reason: string; readonly undo: "none" | "completed" }
  | {
      readonly kind: "pause"
      readonly reason: string
      readonly until: Time | null
      readonly because: Payloads["controlPlane.execution.paused@1"]["because"]
    }
  | { readonly kind: "resume"; readonly reason: string | null }
  | { readonly kind: "retry"; readonly stepId: StepId; readonly reason: string }
  | {
      readonly kind: "resolve"
      readonly stepId: StepId
      readonly generation: number
      readonly attempt: number
      readonly evidence: Resolved["evidence"]
      readonly reason: string
      readonly by: PrincipalId
      readonly outcome:
        | { readonly kind: "happened"; readonly output: Json }
        | { readonly kind: "didNotHappen"; readonly next: "runAgain" | "fail" }
    }

/** The facts of a command; empty when it was done before and nothing is left to write. Pure. */
export function control(
  execution: Execution,
  command: ControlCommand,
  contracts: ContractLookup,
): Result<readonly Fact[], Refusal> {
  switch (command.kind) {
    case "start":
      return start(execution, command)
    case "cancel":
      return cancel(execution, command)
    case "pause":
      return pause(execution, command)
    case "resume":
      return resume(execution, command, contracts)
    case "retry":
      return retry(execution, command)
    case "resolve":
      return resolve(execution, command, contracts)
  }
}

/** Steps whose attempt was sent and has no outcome yet, in plan order. */
export const inFlightOf = (execution: Execution): readonly StepId[] =>
  execution.steps.filter(({ state }) => state.status === "running").map(({ stepId }) => stepId)

/** Completed steps that have an undo, in the order in which they would be undone. */
export const toUndoOf = (execution: Execution): readonly StepId[] =>
  execution.steps
    .filter(
      (step) =>
        isCall(step) &&
        step.role === "do" &&
        step.state.status === "completed" &&
        step.planStep.undo !== null,
    )
    .map(({ stepId }) => stepId)
    .toReversed()

type Of<K extends ControlCommand["kind"]> = Extract<ControlCommand, { readonly kind: K }>
type Answer = Result<readonly Fact[], Refusal>

function start(execution: Execution, { planDigest }: Of<"start">): Answer {
  const { plan, minimumMode } = execution
  if (plan === null || executionStatus(execution) !== "planned")
    return wrongState(execution, "start", ["planned"])
  if (plan.planDigest !== planDigest)
    return err(refuse("DIGEST_STALE", { what: "Plan", read: planDigest, now: plan.planDigest }))
  return ok([
    { kind: "controlPlane.execution.started@1", payload: { planId: plan.planId, planDigest, minimumMode } },
  ])
}

function cancel(execution: Execution, { reason, undo }: Of<"cancel">): Answer {
  const status = executionStatus(execution)
  const before = execution.cancel
  if (status === "cancelled" || (before !== null && (before.undo === undo || undo === "none"))) return ok([])
  if (isFinal(status))
    return wrongState(execution, "cancel", [
      "received",
      "planned",
      "running",
      "waiting",
      "inDoubt",
      "paused",
      "failing",
    ])
  const toUndo = undo === "completed" ? toUndoOf(execution) : []
  const standing = execution.steps.find(leavesSomething)
  // Refused, so that the caller does not believe that something was undone when nothing can be.
  if (undo === "completed" && toUndo.length === 0 && standing !== undefined)
    return err(refuse("UNDO_UNAVAILABLE", { stepId: standing.stepId }))
  return ok([
    {
      kind: "controlPlane.execution.cancelRequested@1",
      payload: { reason, undo, inFlight: inFlightOf(execution), toUndo },
    },
    // The request of an undo step stays open.
    ...execution.approvals
      .filter((approval) => isLive(approval) && approval.role === "do")
      .map((approval) => voidedFact(approval, "cancelled")),
  ])
}

function pause(execution: Execution, { reason, until, because }: Of<"pause">): Answer {
  const status = executionStatus(execution)
  const open = execution.life.at === "planned" || execution.life.at === "started"
  const free = mayPause(execution, { because, ...(until === null ? {} : { until }) })
  if (!open || !free || execution.cancel !== null || status === "failing")
    return wrongState(execution, "pause", ["planned", "running", "waiting", "inDoubt"])
  return ok([pausedFact(execution, { because, reason, until })])
}

const pausedFact = (
  execution: Execution,
  { because, reason, until }: Pick<Of<"pause">, "because" | "reason" | "until">,
): Fact => ({
  kind: "controlPlane.execution.paused@1",
  payload: { because, reason, ...(until === null ? {} : { until }), inFlight: inFlightOf(execution) },
})

function resume(execution: Execution, { reason }: Of<"resume">, contracts: ContractLookup): Answer {
  if (execution.pause === null) return wrongState(execution, "resume", ["paused"])
  const { covers } = execution.pause
  // A person paused it until a time, which the end of an emergency stop must not cut short. What has begun to fail meanwhile is not paused again.
  const again = covers === null ? null : pause({ ...execution, pause: null }, { kind: "pause", ...covers })
  const gone = execution.steps.find((step) => !isFinished(step) && !contractOf(step, contracts).ok)
  if (gone !== undefined) return err(refuse("RESUME_REFUSED", { what: gone.planStep.contract }))
  return ok([
    {
      kind: "controlPlane.execution.resumed@1",
      payload: { cause: "operator", ...(reason === null ? {} : { reason }) },
    },
    ...(again?.ok === true ? again.value : []),
  ])
}

function retry(execution: Execution, { stepId, reason }: Of<"retry">): Answer {
  if (execution.life.at !== "failed") return wrongState(execution, "retry", ["failed"])
  const step = execution.steps.find((one) => one.stepId === stepId)
  if (step === undefined) return err(refuse("NOT_FOUND", { type: "Step" }))
  const repairable = step.role === "do" && (step.state.status === "failed" || step.state.status === "blocked")
  const undone = execution.steps.some(({ role }) => role === "undo")
  if (!repairable || undone) return err(refuse("NOT_RETRYABLE", { stepId, status: step.state.status }))
  return ok([
    {
      kind: "controlPlane.execution.resumed@1",
      payload: { cause: "retry", stepId, generation: step.generation + 1, reason },
    },
  ])
}

function resolve(execution: Execution, command: Of<"resolve">, contracts: ContractLookup): Answer {
  const { stepId, generation, attempt, outcome, evidence, reason, by } = command
  const step = execution.steps.find((one) => one.stepId === stepId)
  if (step === undefined) return err(refuse("NOT_FOUND", { type: "Step" }))
  if (step.state.status !== "inDoubt" || step.generation !== generation || step.state.attempt !== attempt)
    return err(
      refuse("STATE_INVALID", {
        command: commandRef("resolve"),
        allowed: ["inDoubt"],
        id: stepId,
        status: step.state.status,
      }),
    )
  const part = step.verdict?.core.tier === "high" ? partIn(execution, step, by) : null
  if (part !== null) return err(refuse("SEPARATION_OF_DUTIES", { role: part }))
  const base = { ...stepFieldsOf(step), role: step.role, attempt, evidence, reason }
  if (outcome.kind === "didNotHappen")
    return ok([
      {
        kind: "controlPlane.execution.step.resolved@1",
        payload: { ...base, outcome: "didNotHappen", next: outcome.next },
      },
    ])
  const contract = contractOf(step, contracts)
  const output = contract.ok ? contract.value.facts.parseOutput(outcome.output) : null
  if (output === null || !output.ok) return err(refuse("OUTPUT_INVALID", {}))
  const outputDigest = digestOf("counterfoil.output.v1", canonicalBytes(output.value))
  return ok([
    {
      kind: "controlPlane.execution.step.resolved@1",
      payload: { ...base, outcome: "happened", output: output.value, outputDigest },
    },
  ])
}

/** What a person is of a request: who asked, or one of the people behind, then or when the step was decided; null for anyone else. */
function partIn({ intent }: Execution, { verdict }: Step, by: PrincipalId): "requester" | "custodian" | null {
  const { requesterChain, principal, onBehalfOf } = intent
  if ([principal, onBehalfOf, ...requesterChain.map(({ id }) => id)].includes(by)) return "requester"
  const behind = [...requesterChain.flatMap(peopleBehind), ...(verdict?.behind ?? [])]
  return behind.some((human) => String(human) === String(by)) ? "custodian" : null
}

const leavesSomething = ({ role, state, planStep }: Step): boolean =>
  role === "do" && state.status === "completed" && planStep.effect !== "pure" && planStep.effect !== "read"

const isFinal = (status: ExecutionStatus): boolean =>
  status === "rejected" || status === "cancelled" || status === "completed" || status === "failed"

function wrongState(
  execution: Execution,
  command: ControlCommand["kind"],
  allowed: readonly (ExecutionStatus | StepStatus)[],
): Answer {
  return err(
    refuse("STATE_INVALID", {
      command: commandRef(command),
      allowed,
      id: execution.executionId,
      status: executionStatus(execution),
    }),
  )
}

const commandRef = (command: ControlCommand["kind"]): ContractRef =>
  ContractRef.parse(`controlPlane.execution.${command}@1`)
