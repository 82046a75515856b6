// What an execution's record means to the one who asked: the same word on every channel (agents.md section 1).
// Owns: the closed set of answers and the one function to it. Does not own: the record, nor what a channel says about it.

import type { BlockReason, ExecutionStatus, StepStatus } from "../primitives.ts"

/** The kinds of answer; the first three are not final. */
export type AnswerKind =
  | "working"
  | "held"
  | "inDoubt"
  | "completed"
  | "failed"
  | "denied"
  | "reviewRejected"
  | "expired"
  | "planRejected"
  | "cancelled"

/** The part of a record that decides which answer it is; without `steps` a blocked execution reads as `failed`. */
export interface AnswerFacts {
  readonly status: ExecutionStatus
  /** Requests that wait for people. */
  readonly held: readonly unknown[]
  readonly steps?: readonly { readonly status: StepStatus; readonly blockReason?: BlockReason }[]
}

/** The answer that a record stands for. */
export function answerOf(record: AnswerFacts): AnswerKind {
  switch (record.status) {
    case "received":
    case "planned":
    case "running":
    case "paused":
    case "cancelling":
    case "failing":
      return "working"
    case "waiting":
      return record.held.length > 0 ? "held" : "working"
    case "inDoubt":
      return "inDoubt"
    case "completed":
      return "completed"
    case "cancelled":
      return "cancelled"
    case "rejected":
      return "planRejected"
    case "failed":
      return answerOfBlocks((record.steps ?? []).flatMap(({ blockReason }) => blockReason ?? []))
  }
}

/** True when the record of such an answer changes no more, short of an operator's retry. */
export const isFinalAnswer = (answer: AnswerKind): boolean =>
  answer !== "working" && answer !== "held" && answer !== "inDoubt"

const byPolicy: readonly BlockReason[] = [
  "forbidden",
  "noMatch",
  "policyError",
  "engineError",
  "invalidRequest",
  "modeBlocked",
  "grantMissing",
  "skillRecalled",
  "skillUnverified",
]

/** A person's no weighs most: it is what must not be asked for again unchanged. */
function answerOfBlocks(reasons: readonly BlockReason[]): AnswerKind {
  if (reasons.includes("approvalRejected")) return "reviewRejected"
  if (reasons.includes("approvalExpired")) return "expired"
  return reasons.some((reason) => byPolicy.includes(reason)) ? "denied" : "failed"
}
