// The rows that lists and queues read, as they follow from the state.
// Owns: the projections. Does not own: `wakeAt` (next-work.ts), nor where rows are kept (store).

import {
  canonicalBytes,
  higherTier,
  type ContractPin,
  type EffectClass,
  type Mode,
  type Tier,
  type Time,
  type VerdictCore,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { ApprovalRow, ExecutionRow } from "@counterfoil/contracts/ports"
import { executionStatus, isCall, waitingFor } from "../state/execution-status.ts"
import type { Approval, Execution, Step } from "../state/execution.ts"
import { stepCountsOf } from "./finish.ts"

/** An execution as lists show it. When to look again is not in the state alone: the writer adds `wakeAt`. */
export function projectExecution(execution: Execution): Omit<ExecutionRow, "wakeAt"> {
  const { intent, plan, life } = execution
  const status = executionStatus(execution)
  const verdicts = verdictsOf(execution)
  return {
    executionId: execution.executionId,
    intentId: intent.intentId,
    tenant: execution.tenant,
    environment: execution.environment,
    status,
    waitingFor: status === "waiting" ? waitingFor(execution) : [],
    requester: intent.principal,
    onBehalfOf: intent.onBehalfOf,
    contract: contractAsked(execution),
    channel: intent.channel,
    origin: plan?.origin ?? null,
    labels: intent.labels,
    planId: plan?.planId ?? null,
    planDigest: plan?.planDigest ?? null,
    tier: tierOf(execution, verdicts),
    mode: strictest(verdicts),
    requiresApproval: verdicts.some(({ decision }) => decision === "hold"),
    stepCounts: stepCountsOf(execution),
    ...(life.at === "failed" ? blockReasonsOf(execution) : {}),
    pendingApprovals: execution.approvals.filter(({ state }) => state.status === "open").length,
    inDoubt: execution.steps.filter(({ state }) => state.status === "inDoubt").length,
    inDoubtSince: inDoubtSince(execution),
    createdAt: execution.createdAt,
    startedAt: execution.startedAt,
    updatedAt: execution.updatedAt,
    endedAt: endedAt(life),
    deadline: plan?.deadline ?? intent.deadline ?? null,
    head: execution.head,
  }
}

/** Every approval request of an execution, in the order in which they were opened. */
export function projectApprovals(execution: Execution): readonly ApprovalRow[] {
  return execution.approvals.flatMap((approval) => {
    const step = execution.steps.find(({ stepId }) => stepId === approval.stepId)
    return step === undefined ? [] : [approvalRow(execution, approval, step)]
  })
}

function approvalRow(execution: Execution, approval: Approval, step: Step): ApprovalRow {
  const { statement, state } = approval
  return {
    approvalId: approval.approvalId,
    approvalDigest: approval.approvalDigest,
    tenant: execution.tenant,
    executionId: execution.executionId,
    planDigest: statement.planDigest,
    inputDigest: statement.inputDigest,
    previewDigest: approval.previewDigest,
    stepId: approval.stepId,
    stepKey: approval.key,
    ...(approval.role === "undo" ? { role: approval.role } : {}),
    contract: statement.contract,
    effect: effectOf(step),
    irreversible: step.role === "do" && step.planStep.irreversible,
    tier: approval.tier,
    status: state.status,
    requester: execution.intent.principal,
    onBehalfOf: execution.intent.onBehalfOf,
    requestedAt: approval.requestedAt,
    notBefore: state.status === "approved" ? state.notBefore : null,
    expiresAt: approval.expiresAt,
    fallback: approval.fallback,
    level: approval.level,
    obligations: approval.obligations,
    quorum: approval.quorum,
    reasons: approval.reasons,
    preview: approval.preview,
    excluded: approval.excluded,
    ...reviewTokensOf(approval),
    bulkKey: bulkKeyOf(approval, statement.contract),
  }
}

/** Where the tokens of the people came from whose answers count now; absent where no trace says so. */
function reviewTokensOf({ reviews }: Approval): Pick<ApprovalRow, "reviewTokens"> {
  const newest = new Map(reviews.map((review) => [review.human, review]))
  const reviewTokens = [...newest.values()].flatMap(({ human, decision, token }) =>
    token === undefined || decision === "withdraw" ? [] : [{ human, token }],
  )
  return reviewTokens.length === 0 ? {} : { reviewTokens }
}

// Requests with one key ask for the same kind of decision, so one answer may cover them all.
const bulkKeyOf = (
  { statement, tier, obligations }: Approval,
  contract: ContractPin,
): ApprovalRow["bulkKey"] =>
  digestOf(
    "counterfoil.bulk.v1",
    canonicalBytes({ contract: contract.digest, tier, slice: statement.sliceDigest, obligations }),
  )

const effectOf = ({ role, planStep }: Step): EffectClass =>
  role === "undo" ? (planStep.undo?.effect ?? planStep.effect) : planStep.effect

const verdictsOf = (execution: Execution): readonly VerdictCore[] =>
  execution.steps.flatMap(({ verdict, preview }) => {
    const newest = verdict ?? preview
    return newest === null ? [] : [newest.core]
  })

function tierOf({ plan, steps }: Execution, verdicts: readonly VerdictCore[]): Tier | null {
  if (plan === null) return null
  let highest: Tier = "low"
  for (const step of steps) if (isCall(step)) highest = higherTier(highest, step.planStep.floor)
  for (const { tier } of verdicts) highest = higherTier(highest, tier)
  return highest
}

const modeOrder: readonly Mode[] = ["autonomous", "assist", "blocked"]
const strictest = (verdicts: readonly VerdictCore[]): Mode | null =>
  verdicts.reduce<Mode | null>(
    (worst, { mode }) =>
      worst === null || modeOrder.indexOf(mode) > modeOrder.indexOf(worst) ? mode : worst,
    null,
  )

function contractAsked({ intent, plan }: Execution): ExecutionRow["contract"] {
  return (
    intent.contract?.ref ??
    plan?.plan.intent?.contract ??
    ("contract" in intent.as ? intent.as.contract : null)
  )
}

function blockReasonsOf({ steps }: Execution): Pick<ExecutionRow, "blockReasons"> {
  const reasons = steps.flatMap(({ role, state }) =>
    role === "do" && state.status === "blocked" ? [state.reason] : [],
  )
  return reasons.length === 0 ? {} : { blockReasons: [...new Set(reasons)].toSorted() }
}

const inDoubtSince = ({ steps }: Execution): Time | null =>
  steps
    .flatMap(({ state }) => (state.status === "inDoubt" ? [state.since] : []))
    .reduce<Time | null>((oldest, since) => (oldest === null || since < oldest ? since : oldest), null)

const endedAt = (life: Execution["life"]): Time | null => ("endedAt" in life ? life.endedAt : null)
