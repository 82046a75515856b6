// What callers see of an execution: made from its folded trace, the same for every way of asking.
// Owns: Submitted, ExecutionView, StepView. Does not own: who may see which (gate), nor the tree (executor core).

import { type ExecutionView, type StepView, type Submitted } from "@counterfoil/contracts"
import {
  executionStatus,
  explainExecution,
  projectExecution,
  type Execution,
  type Step,
} from "@counterfoil/executor/core"

/** The answer to a submission, as the record stands. */
export function submittedView(execution: Execution, duplicate: boolean): Submitted {
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
    held: heldOf(execution),
    ...endOf(execution),
    head: row.head,
  }
}

/** What one execution looks like; `include` adds plan, steps and tree. The output comes with every completed one. */
export function executionView(execution: Execution, include: readonly string[]): ExecutionView {
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
    stepCounts: row.stepCounts,
    pendingApprovals: row.pendingApprovals,
    inDoubt: row.inDoubt,
    held: heldOf(execution),
    ...endOf(execution),
    ...(include.includes("plan") && execution.plan !== null ? { plan: execution.plan.plan } : {}),
    ...(include.includes("steps")
      ? { steps: execution.steps.map((step) => stepView(step, include.includes("output"))) }
      : {}),
    ...(include.includes("tree") ? { tree: explainExecution(execution) } : {}),
  }
}

/** True when nothing can change the record any more, short of an operator's retry. */
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
    contract:
      step.role === "undo" && step.planStep.undo !== null
        ? {
            ref: step.planStep.undo.contract,
            version: step.planStep.undo.version,
            digest: step.planStep.undo.contractDigest,
          }
        : {
            ref: step.planStep.contract,
            version: step.planStep.version,
            digest: step.planStep.contractDigest,
          },
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

function heldOf(execution: Execution): Submitted["held"] {
  return execution.approvals
    .filter(({ state }) => state.status === "open" || state.status === "approved")
    .map(({ approvalId, stepId, tier, expiresAt }) => ({ approvalId, stepId, tier, expiresAt }))
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

function optional<K extends string, T>(key: K, value: T | null): { readonly [P in K]?: T } {
  const present: { [P in K]?: T } = {}
  if (value !== null) present[key] = value
  return present
}
