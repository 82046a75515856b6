// Turns an execution's record into the answer that its requester receives, the same on every channel.
// Owns: the one function from records to answers, total over statuses, block reasons and failure codes.
// Does not own: the record, the union (answer.ts), nor what a channel says about it.

import { isFailureCode, type FailureCode } from "../trace/failures.ts"
import type { Json } from "../json/json.ts"
import type { PlanRejection } from "../plan/draft.ts"
import type { ApprovalStatus, BlockReason, ExecutionId, ExecutionStatus, RecordWord } from "../primitives.ts"
import type { Failure } from "../trace/facts.ts"
import type { Answer, EndedAnswer, RecordAnswer, Resubmit } from "./answer.ts"
import type { BlockedStep, Happened, HeldStep } from "./answers.ts"

/** The kinds of answer that a record can give; `working`, `held` and `inDoubt` are not final. */
export type AnswerKind = RecordAnswer["kind"]

/** The part of a record that decides which answer it is. */
export interface AnswerFacts {
  readonly status: ExecutionStatus
  /** Requests that are not closed. One that people have decided, or whose time is over, waits for them no more. */
  readonly held: readonly { readonly status?: ApprovalStatus | undefined }[]
  /** Steps that will not run. */
  readonly blocked?: readonly Pick<BlockedStep, "reason">[] | undefined
}

/** The record as every call that reads it returns it. */
export interface AnswerRecord extends AnswerFacts {
  readonly executionId: ExecutionId
  readonly url: string
  readonly held: readonly HeldStep[]
  readonly blocked?: readonly BlockedStep[] | undefined
  readonly happened?: readonly Happened[] | undefined
  readonly output?: Json | undefined
  readonly failure?: Failure | undefined
  readonly rejections?: readonly PlanRejection[] | undefined
  readonly cancelReason?: string | undefined
  readonly duplicate?: boolean | undefined
}

/** How long to leave an answer that is not final before asking again: work is short, people and doubt take longer. */
const retryAfterMs = { working: 5_000, held: 30_000, inDoubt: 30_000 } as const

/** The answer that a record gives. */
export function answerOf(record: AnswerRecord): RecordAnswer {
  const { executionId, happened = [] } = record
  const known = { executionId, duplicate: record.duplicate ?? false }
  const kind = answerKindOf(record)
  switch (kind) {
    case "working":
    case "inDoubt":
      return { ...known, kind, retryAfterMs: retryAfterMs[kind] }
    case "held":
      return { ...known, kind, approvals: record.held, url: record.url, retryAfterMs: retryAfterMs.held }
    case "completed":
      return { ...known, kind, output: record.output ?? null, happened }
    case "planRejected":
      return { ...known, kind, rejections: record.rejections ?? [] }
    case "cancelled": {
      const reason = record.cancelReason ?? ""
      return { ...known, kind, code: "CANCELLED", reason, resubmit: resubmits[kind], happened }
    }
    case "failed":
    case "denied":
    case "reviewRejected":
    case "expired":
      return { ...known, kind, ...causeOf(record, kind), resubmit: resubmits[kind], happened }
  }
}

/** The kind of answer that a record gives. */
export function answerKindOf(record: AnswerFacts): AnswerKind {
  switch (record.status) {
    case "received":
    case "planned":
    case "running":
    case "paused":
    case "cancelling":
    case "failing":
      return "working"
    case "waiting":
      return record.held.some(({ status = "open" }) => status === "open") ? "held" : "working"
    case "inDoubt":
      return "inDoubt"
    case "completed":
      return "completed"
    case "cancelled":
      return "cancelled"
    case "rejected":
      return "planRejected"
    case "failed": {
      const kinds = (record.blocked ?? []).map(({ reason }) => kindOfBlock[reason])
      return weightiest.find((kind) => kinds.includes(kind)) ?? "failed"
    }
  }
}

/** The one word for the state of a record, which every surface shows to people. `inDoubt` counts steps in doubt. */
export function recordWord(record: AnswerFacts & { readonly inDoubt?: number | undefined }): RecordWord {
  // A paused execution continues only after a resume, even when it also waits for something else.
  if (record.status === "paused") return "paused"
  const kind = answerKindOf(record)
  if (kind !== "working") return kind
  return (record.inDoubt ?? 0) > 0 ? "inDoubt" : record.status
}

/** The word for a step that is blocked: the refusal where policy or a person refused it, otherwise `blocked`. */
export function blockWord(reason: BlockReason): RecordWord | "blocked" {
  const kind = kindOfBlock[reason]
  return kind === "failed" ? "blocked" : kind
}

/** True when the record of such an answer changes no more, short of an operator's retry. */
export const isFinalAnswer = (answer: Answer["kind"]): boolean =>
  answer !== "working" && answer !== "held" && answer !== "inDoubt"

const resubmits: Readonly<Record<EndedAnswer["kind"], Resubmit>> = {
  denied: "afterChange",
  reviewRejected: "afterChange",
  expired: "later",
  failed: "afterChange",
  cancelled: "later",
}

type Unsuccessful = Exclude<EndedAnswer["kind"], "cancelled">

/** Who said no: policy, a person, the clock, or the state of the world. */
const kindOfBlock: Readonly<Record<BlockReason, Unsuccessful>> = {
  forbidden: "denied",
  noMatch: "denied",
  policyError: "denied",
  engineError: "denied",
  invalidRequest: "denied",
  modeBlocked: "denied",
  grantMissing: "denied",
  approvalRejected: "reviewRejected",
  approvalExpired: "expired",
  inputInvalid: "failed",
  inputErased: "failed",
  conditionError: "failed",
  fanOutExceeded: "failed",
  limitExceeded: "failed",
  deadlinePassed: "failed",
  contractMissing: "failed",
  skillRecalled: "denied",
  skillUnverified: "denied",
}

/** A person's no weighs most: it is what must not be asked for again unchanged. */
const weightiest: readonly Unsuccessful[] = ["reviewRejected", "expired", "denied"]

/** The code and the sentence of an end: those of the block that decides the kind, otherwise those of the failure. */
function causeOf(
  { blocked = [], failure }: AnswerRecord,
  kind: Unsuccessful,
): Pick<EndedAnswer, "code" | "reason"> {
  const block = blocked.find(({ reason }) => kindOfBlock[reason] === kind)
  if (block !== undefined && (kind !== "failed" || failure?.code === "STEP_BLOCKED"))
    return { code: block.reason, reason: block.says }
  if (failure === undefined) return { code: "STEP_FAILED", reason: "" }
  const own = failure.providerCode === undefined ? "" : ` (${failure.providerCode})`
  const todo = failure.providerCode === stateChanged ? askAgain : ""
  return { code: failureCodeOf(failure), reason: `${failure.message}${own}${todo}` }
}

/** The code with which every handler refuses to act on another state than the one in its input (docs/effects.md). */
const stateChanged = "STATE_CHANGED"
const askAgain =
  " What it acts on is no longer what was read for it; asking for it anew reads what is there now."

// A trace is written with codes of the table alone; one of a later version than this reader's is read as the plainest.
const failureCodeOf = ({ code }: Failure): FailureCode => (isFailureCode(code) ? code : "STEP_FAILED")
