// The request that people are asked: the statement they agree to, bound by digest, and the facts that open it.
// Owns: its fields, levels and time-outs. Does not own: who may review (policy).
// Keeps INV-02 (the digest covers exactly one input under one slice) and INV-06 (requester, beneficiary, author excluded).

import {
  addMs,
  canonicalBytes,
  durationMs,
  invariant,
  peopleBehind,
  readPointer,
  type ApprovalId,
  type ApprovalStatement,
  type ChainMember,
  type Digest,
  type Fact,
  type Fallback,
  type HumanId,
  type Json,
  type Obligations,
  type PreviewLine,
  type PrincipalId,
  type RoleName,
  type Time,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { ContractFacts } from "../state/contract-facts.ts"
import type { Execution } from "../state/execution.ts"
import { stepFieldsOf } from "./policy-question.ts"
import type { Facts1, Request } from "./work.ts"

/** The values that only the shell has when a request is opened. `chain` as the directory has it now. */
export interface Opening {
  readonly approvalId: ApprovalId
  /** 64 hex digits. */
  readonly nonce: string
  readonly now: Time
  readonly chain: readonly ChainMember[]
  /** Members of the agents' teams, for obligations that exclude `sameTeam`; sorted, otherwise empty. */
  readonly sameTeam: readonly PrincipalId[]
  readonly reasons: Extract<Fact, { kind: "controlPlane.approval.requested@1" }>["payload"]["reasons"]
}

/** The facts that open a request; for a higher level, the escalation of the one before comes first. */
export function requestFacts(
  execution: Execution,
  request: Request,
  contract: ContractFacts,
  opening: Opening,
): Facts1 {
  const { question, level, supersedes } = request
  const step = execution.steps.find(({ stepId }) => stepId === question.stepId)
  const verdict = step?.verdict ?? null
  invariant(verdict !== null && verdict.core.obligations !== null && execution.plan !== null, "INV-02", {
    stepId: question.stepId,
  })
  const first = verdict.core.obligations
  const obligations = obligationsAt(first, level)
  const preview = previewOf(contract, request.input)
  const previewDigest = previewDigestOf(preview)
  const expiresAt = addMs(opening.now, durationMs(timeoutAt(first, level)))
  const excluded = excludedFrom(execution, first, { ...opening, behind: verdict.behind })
  const statement: ApprovalStatement = {
    format: "counterfoil.approval/1",
    environment: execution.environment,
    tenant: execution.tenant,
    executionId: execution.executionId,
    planDigest: execution.plan.planDigest,
    stepId: question.stepId,
    generation: question.generation,
    contract: question.contract,
    skillDigest: question.role === "do" ? (step?.planStep.skillDigest ?? null) : null,
    inputDigest: question.inputDigest,
    idempotencyKey: request.idempotencyKey,
    verdictDigest: verdict.digest,
    sliceDigest: verdict.core.sliceDigest,
    tier: verdict.core.tier,
    obligations,
    requesterChain: opening.chain.map(({ id }) => id),
    authors: [execution.plan.author],
    excluded,
    previewDigest,
    level,
    nonce: opening.nonce,
    requestedAt: opening.now,
    expiresAt,
  }
  const requested: Fact = {
    kind: "controlPlane.approval.requested@1",
    payload: {
      approvalId: opening.approvalId,
      approvalDigest: approvalDigestOf(statement),
      statement,
      ...stepFieldsOf(question),
      role: question.role,
      tier: verdict.core.tier,
      obligations,
      reasons: opening.reasons,
      preview,
      previewDigest,
      excluded,
      expiresAt,
      fallback: fallbackAt(first, level),
      level,
      ...(supersedes === null ? {} : { supersedes }),
    },
  }
  if (supersedes === null) return [requested]
  return [
    {
      kind: "controlPlane.approval.escalated@1",
      payload: {
        approvalId: supersedes,
        toApprovalId: opening.approvalId,
        level,
        toRole: obligations.quorum[0]?.role ?? escalationRole(first, level),
        because: "timeout",
      },
    },
    requested,
  ]
}

/** What a review names. */
export const approvalDigestOf = (statement: ApprovalStatement): Digest =>
  digestOf("counterfoil.approval.v1", canonicalBytes(statement))

/** What an approver read. */
export const previewDigestOf = (preview: readonly PreviewLine[]): Digest =>
  digestOf("counterfoil.preview.v1", canonicalBytes(preview))

/**
 * The lines an approver reads: the contract's preview fields over the exact input, and the default of a field that was left out
 * where the contract names one. Values are *untrusted* text. U+0000 is written as its symbol, because no column of PostgreSQL takes
 * it; a symbol that was there is written by its number, so that no two texts read alike.
 */
export function previewOf({ preview }: Pick<ContractFacts, "preview">, input: Json): readonly PreviewLine[] {
  return preview.flatMap(({ label, at, absent }) => {
    const found = readPointer(input, at)
    if (!found.ok) return absent === undefined ? [] : [{ label, value: absent }]
    const value =
      typeof found.value === "string"
        ? withoutNull(found.value)
        : new TextDecoder().decode(canonicalBytes(found.value))
    return [{ label, value }]
  })
}

// Backslashes are doubled only before the symbol and before its escape: an odd number of them begins an escape, an even one none.
const withoutNull = (text: string): string =>
  text
    .replaceAll(/(\\*)(\u2400|u\{2400\})/g, (_written, slashes: string, last: string) =>
      [slashes, slashes, last === "\u2400" ? "\\u{2400}" : last].join(""),
    )
    .replaceAll("\u0000", "\u2400")

/**
 * The people whom no role lets answer: the requester, the human it acts for, and the author of the plan. Where the obligations
 * say so, also the people behind the chain, both when it asked and when the verdict was made (`behind`). Sorted.
 */
export function excludedFrom(
  { intent, plan }: Execution,
  { exclude }: Obligations,
  {
    chain,
    sameTeam,
    behind,
  }: Pick<Opening, "sameTeam"> & {
    readonly chain: readonly Pick<ChainMember, "id">[]
    readonly behind: readonly HumanId[]
  },
): readonly PrincipalId[] {
  const behindAny = exclude.includes("agentOwner")
    ? [...intent.requesterChain.flatMap(peopleBehind), ...behind].map(asPrincipal)
    : []
  const beneficiary = intent.onBehalfOf === null ? [] : [intent.onBehalfOf]
  const author = plan === null ? [] : [plan.author]
  const team = exclude.includes("sameTeam") ? sameTeam : []
  return [
    ...new Set([
      intent.principal,
      ...beneficiary,
      ...chain.map(({ id }) => id),
      ...author,
      ...behindAny,
      ...team,
    ]),
  ].sort()
}

// The successor of a request asks the role of its level, for as many people as before.
function obligationsAt(first: Obligations, level: number): Obligations {
  if (level === 0) return first
  const count = Math.min(
    5,
    first.quorum.reduce((sum, slot) => sum + slot.count, 0),
  )
  return { ...first, quorum: [{ role: escalationRole(first, level), count }] }
}

function escalationRole({ escalateTo }: Obligations, level: number): RoleName {
  const role = escalateTo[level - 1]
  invariant(role !== undefined, "INV-02", { level })
  return role
}

function timeoutAt({ timeouts }: Obligations, level: number): Obligations["timeouts"][number] {
  const timeout = timeouts[Math.min(level, timeouts.length - 1)]
  invariant(timeout !== undefined, "INV-02", { level })
  return timeout
}

// The last level never escalates, and silence never approves.
function fallbackAt({ onTimeout, escalateTo }: Obligations, level: number): Fallback {
  if (onTimeout !== "escalate") return onTimeout
  return level < escalateTo.length ? "escalate" : "expire"
}

// A human's id is a principal's id; only the brands differ.
const asPrincipal = (human: string): PrincipalId => human as PrincipalId
