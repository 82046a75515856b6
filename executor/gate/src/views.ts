// What callers see of an execution: made from its folded trace, the same for every channel.
// Owns: Submitted, ExecutionView, StepView. Does not own: who may see which (gate), nor the tree (executor core).

import type {
  BlockedStep,
  ContractPin,
  ExecutionView,
  Happened,
  HeldStep,
  StepId,
  StepView,
  Submitted,
  Time,
} from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"
import {
  executionStatus,
  explainExecution,
  isCall,
  isLive,
  projectExecution,
  statusAt,
  type Execution,
  type Step,
} from "@counterfoil/core"

/**
 * What an answer needs beside the record: where records are read, the time at which requests are judged, and the reasons of the
 * rules that forbid a step (forbid-reasons.ts).
 */
interface Asked {
  readonly publicUrl: string
  readonly now: Time
  readonly forbidden: ReadonlyMap<StepId, string>
}

/** The answer to a submission, as the record is at `now`. */
export function submittedView(
  execution: Execution,
  { duplicate, ...asked }: Asked & { readonly duplicate: boolean },
): Submitted {
  const row = projectExecution(execution)
  return {
    executionId: row.executionId,
    intentId: row.intentId,
    status: row.status,
    version: row.head.seq,
    duplicate,
    receivedAt: row.createdAt,
    ...(execution.plan === null
      ? {}
      : {
          planId: execution.plan.planId,
          planDigest: execution.plan.planDigest,
          stepCount: execution.plan.plan.steps.length,
        }),
    ...(row.tier === null ? {} : { tier: row.tier }),
    ...(row.mode === null ? {} : { mode: row.mode }),
    requiresApproval: row.requiresApproval,
    ...standingOf(execution, asked),
    head: row.head,
  }
}

/** The view of one execution; `include` adds plan, steps and tree. Every completed one includes its output. */
export function executionView(
  execution: Execution,
  { include, ...asked }: Asked & { readonly include: readonly string[] },
): ExecutionView {
  const row = projectExecution(execution)
  return {
    executionId: row.executionId,
    intentId: row.intentId,
    ...(execution.plan === null
      ? {}
      : { planId: execution.plan.planId, planDigest: execution.plan.planDigest }),
    environment: row.environment,
    requester: row.requester,
    ...optional("onBehalfOf", row.onBehalfOf),
    channel: row.channel,
    ...optional("origin", row.origin),
    ...optional("contract", row.contract),
    status: row.status,
    waitingFor: row.waitingFor,
    version: row.head.seq,
    head: row.head,
    ...optional("tier", row.tier),
    ...optional("mode", row.mode),
    requiresApproval: row.requiresApproval,
    labels: row.labels,
    createdAt: row.createdAt,
    ...optional("startedAt", row.startedAt),
    updatedAt: row.updatedAt,
    ...optional("endedAt", row.endedAt),
    ...optional("deadline", row.deadline),
    ...pausedOf(execution),
    stepCounts: row.stepCounts,
    pendingApprovals: execution.approvals.filter((one) => statusAt(one, asked.now) === "open").length,
    inDoubt: row.inDoubt,
    ...standingOf(execution, asked),
    ...(include.includes("plan") && execution.plan !== null ? { plan: execution.plan.plan } : {}),
    ...(include.includes("steps")
      ? { steps: execution.steps.map((step) => stepView(step, include.includes("output"))) }
      : {}),
    ...(include.includes("tree") ? { tree: explainExecution(execution, asked.now) } : {}),
  }
}

function pausedOf({ pause }: Execution): Pick<ExecutionView, "paused"> {
  if (pause === null) return {}
  const { because, since, until } = pause
  return { paused: { because, since, ...optional("until", until) } }
}

/** True when only an operator's retry can still change the record. */
export function isFinal(execution: Execution): boolean {
  const status = executionStatus(execution)
  return status === "completed" || status === "failed" || status === "cancelled" || status === "rejected"
}

function stepView(step: Step, withOutput: boolean): StepView {
  const { state } = step
  const verdict = step.verdict ?? step.preview
  return {
    stepId: step.stepId,
    key: step.key,
    ...optional("index", step.index),
    role: step.role,
    contract: contractOf(step),
    effect: step.planStep.effect,
    tier: verdict?.core.tier ?? step.planStep.floor,
    ...optional("mode", verdict?.core.mode ?? null),
    status: state.status,
    generation: step.generation,
    attempt: step.tries.started,
    ...(step.sent === null
      ? {}
      : { idempotencyKey: step.sent.idempotencyKey, inputDigest: step.sent.inputDigest }),
    ...(state.status === "completed"
      ? { outputDigest: state.outputDigest, ...(withOutput ? { output: state.output } : {}) }
      : {}),
    ...(state.status === "blocked" ? { blockReason: state.reason } : {}),
    ...(state.status === "failed" || state.status === "retrying" ? { failure: state.error } : {}),
    ...(state.status === "held" ? { approvalId: state.approvalId } : {}),
  }
}

/** The state of a record: everything in its answer beside the status. */
function standingOf(
  execution: Execution,
  { publicUrl, now, forbidden }: Asked,
): Pick<
  Submitted,
  "url" | "held" | "blocked" | "happened" | "output" | "failure" | "rejections" | "cancelReason"
> {
  const blocked = blockedOf(execution, forbidden)
  return {
    url: `${publicUrl}${httpPrefix}/executions/${execution.executionId}`,
    held: heldOf(execution, now),
    ...(blocked.length === 0 ? {} : { blocked }),
    ...(isFinal(execution) ? { happened: happenedOf(execution) } : {}),
    ...optional("cancelReason", execution.cancel?.reason ?? null),
    ...endOf(execution),
  }
}

/** Requests that are not closed in the trace. One whose time is over is shown as such; its end is written later. */
function heldOf(execution: Execution, now: Time): readonly HeldStep[] {
  return execution.approvals.filter(isLive).map((approval) => {
    const { approvalId, stepId, key, role, statement, tier, quorum, expiresAt } = approval
    return {
      approvalId,
      status: statusAt(approval, now),
      ...(role === "undo" ? { role } : {}),
      stepId,
      key,
      contract: statement.contract.ref,
      tier,
      needed: quorum.needed,
      answered: quorum.met.length,
      expiresAt,
    }
  })
}

/** Steps that will not run, with the reason of the person who rejected them or of the rule that forbids them. */
function blockedOf(execution: Execution, forbidden: Asked["forbidden"]): readonly BlockedStep[] {
  return execution.steps.flatMap((step) => {
    const { state } = step
    if (step.role === "undo" || state.status !== "blocked") return []
    const approval = execution.approvals.find(({ approvalId }) => approvalId === state.approvalId)
    const no = approval?.reviews.findLast(({ decision }) => decision === "reject")
    return [
      {
        ...placeOf(step),
        contract: contractOf(step).ref,
        reason: state.reason,
        says:
          state.reason === "approvalRejected"
            ? (no?.reason ?? state.message)
            : cut(`${state.message} ${forbidden.get(step.stepId) ?? ""}`.trimEnd()),
      },
    ]
  })
}

/** Steps that took effect, undone or not, and their undo steps. A step that only reads or computes has no effect. */
function happenedOf(execution: Execution): readonly Happened[] {
  return execution.steps
    .flatMap((step) => {
      const { state } = step
      const acted = state.status === "completed" || state.status === "undone"
      return acted && isCall(step) && actsOutside(step)
        ? [{ ...placeOf(step), role: step.role, contract: contractOf(step).ref, seq: state.seq }]
        : []
    })
    .toSorted((a, b) => a.seq - b.seq)
}

/** Longest reason of a blocked step. */
const saysMax = 600
const cut = (text: string): string => (text.length > saysMax ? `${text.slice(0, saysMax - 1)}…` : text)

const placeOf = ({ stepId, key, index }: Step) => ({ stepId, key, ...optional("index", index) })

const actsOutside = ({ role, planStep }: Step): boolean => {
  const effect = role === "undo" ? planStep.undo?.effect : planStep.effect
  return effect !== "pure" && effect !== "read"
}

/** What a step calls: its contract, or for an undo step the one that reverses it. */
function contractOf({ role, planStep }: Step): ContractPin {
  const { contract, version, contractDigest } =
    role === "undo" && planStep.undo !== null ? planStep.undo : planStep
  return { ref: contract, version, digest: contractDigest }
}

function endOf({ life }: Execution): Pick<Submitted, "output" | "failure" | "rejections"> {
  switch (life.at) {
    case "completed":
      return life.output === null ? {} : { output: life.output }
    case "failed":
      return { failure: life.failure }
    case "rejected":
      return { rejections: life.rejections }
    case "received":
    case "planned":
    case "started":
    case "cancelled":
      return {}
  }
}

/** A field where there is a value for it. */
export function optional<K extends string, T>(key: K, value: T | null): { readonly [P in K]?: T } {
  const present: { [P in K]?: T } = {}
  if (value !== null) present[key] = value
  return present
}
