// An execution as a tree of English words, shared by tests, CLI, console and failure reports.
// Owns: the words and columns. Does not own: colours, ids' shortening, translations.

import {
  blockWord,
  escapeLine,
  recordWord,
  type ContractRef,
  type RecordWord,
  type Time,
} from "@counterfoil/contracts"
import { isLive, statusAt } from "./approval-status.ts"
import { executionStatus } from "./execution-status.ts"
import type { Approval, Execution, Step } from "./execution.ts"

/** The tree at `now`: one line for the execution, one for each step in plan order with its instances, undo steps last. */
export function explainExecution(execution: Execution, now: Time): string {
  const rows = execution.steps.map((step) => rowOf(execution, step, now))
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row, index) => {
    const branch = index === rows.length - 1 ? "└─" : "├─"
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    return `${branch} ${cells.join("  ")}`.trimEnd()
  })
  return [titleOf(execution, now), ...lines].join("\n")
}

function titleOf(execution: Execution, now: Time): string {
  const { intent } = execution
  const onBehalf = intent.onBehalfOf === null ? "" : ` for ${intent.onBehalfOf}`
  const asked: ContractRef | "draft" | "text" =
    "contract" in intent.as ? intent.as.contract : "draft" in intent.as ? "draft" : "text"
  return `${execution.executionId}  ${asked}  ${wordOf(execution, now)}  requested by ${intent.principal}${onBehalf}`
}

function wordOf(execution: Execution, now: Time): RecordWord {
  const blocked = execution.steps.flatMap(({ role, state }) =>
    role === "do" && state.status === "blocked" ? [{ reason: state.reason }] : [],
  )
  return recordWord({
    status: executionStatus(execution),
    held: execution.approvals.filter(isLive).map((approval) => ({ status: statusAt(approval, now) })),
    blocked,
    inDoubt: execution.steps.filter(({ state }) => state.status === "inDoubt").length,
  })
}

function rowOf(execution: Execution, step: Step, now: Time): readonly string[] {
  const { planStep, role, index, tries } = step
  const name = index === null ? step.key : `${step.key}[${index}]`
  const contract = role === "undo" ? (planStep.undo?.contract ?? "") : planStep.contract
  const effect = role === "undo" ? (planStep.undo?.effect ?? "") : planStep.effect
  const tried =
    tries.started === 0
      ? effect
      : `${effect}, ${tries.started} ${tries.started === 1 ? "attempt" : "attempts"}`
  return [
    role === "undo" ? `undo ${name}` : name,
    contract,
    step.state.status === "blocked" ? blockWord(step.state.reason) : step.state.status,
    tried,
    [why(execution, step, now), outcome(step)].filter((part) => part !== "").join(", "),
  ]
}

function why(execution: Execution, step: Step, now: Time): string {
  const { verdict } = step
  const approval = execution.approvals.findLast(
    ({ stepId, generation }) => stepId === step.stepId && generation === step.generation,
  )
  // A request that becomes void takes its verdict with it.
  if (verdict === null) return approval === undefined ? "" : voided(approval)
  const rules = (
    verdict.core.decision === "deny" && verdict.core.forbids.length > 0
      ? verdict.core.forbids
      : verdict.core.determining
  ).join(" and ")
  const decision = `${verdict.core.decision}${rules === "" ? "" : ` by ${rules}`}`
  return approval === undefined ? decision : `${decision}, ${answers(approval, now)}`
}

const voided = ({ state }: Approval): string =>
  state.status === "voided" ? `request voided: ${state.because}` : ""

function answers(approval: Approval, now: Time): string {
  const approvers = approval.quorum.met.map(({ human }) => human).join(" and ")
  const status = statusAt(approval, now)
  switch (status) {
    case "open": {
      const missing = approval.quorum.missing.map(({ role, count }) => `${count} of ${role}`).join(" and ")
      return `waits for ${missing} until ${approval.expiresAt}`
    }
    case "approved":
    case "consumed":
      return `approved by ${approvers}`
    case "rejected": {
      const by = approval.reviews.findLast(({ decision }) => decision === "reject")?.human
      return by === undefined ? "rejected because no one decided" : `rejected by ${by}`
    }
    case "expired":
    case "escalated":
      return status
    case "voided":
      return voided(approval)
  }
}

function outcome({ state }: Step): string {
  switch (state.status) {
    case "failed":
    case "retrying":
      return state.error.providerCode === undefined
        ? state.error.code
        : `${state.error.code} ${escapeLine(state.error.providerCode)}`
    case "blocked":
      return state.reason
    case "skipped":
      return state.because
    case "inDoubt":
      return `effect unknown since ${state.since}: ${state.because}`
    case "pending":
    case "ready":
    case "held":
    case "cleared":
    case "running":
    case "completed":
    case "undone":
      return ""
  }
}
