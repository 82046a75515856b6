// The exit codes, on which scripts can rely: one total function from the end of a command to a number.
// Owns: the table and the function. Does not own: the answers (contracts), nor the printed errors (report-error.ts).
// A negative answer is not a failure, and "could not check" is not "clean"; 7 exists so that no one repeats an effect that may have happened (INV-03).

import {
  answerKindOf,
  errors,
  type AnswerFacts,
  type AnswerKind,
  type ErrorCode,
} from "@counterfoil/contracts"
import { AnsweredProblem, CliError } from "./cli-error.ts"
import { type ExitCode, type ExitName, exitCodes } from "./exit-codes.ts"

/** How a command ended: with an answer about an execution, with a problem of the server, or by itself. */
export type Ended =
  | { readonly kind: "answer"; readonly answer: AnswerKind }
  | { readonly kind: "problem"; readonly code: ErrorCode }
  | { readonly kind: "here"; readonly name: ExitName }

/** The exit code of an end. Total: every answer, every error code and every end of the program itself has one. */
export function exitCodeOf(ended: Ended): ExitCode {
  switch (ended.kind) {
    case "answer":
      return exitCodes[ofAnswer[ended.answer]]
    case "problem":
      return exitCodes[ofProblem(ended.code)]
    case "here":
      return exitCodes[ended.name]
  }
}

/** The exit code of an execution's record; without its steps a denial looks like a failure. */
export const exitOfRecord = (record: AnswerFacts): ExitCode =>
  exitCodeOf({ kind: "answer", answer: answerKindOf(record) })

/** The exit code of an error, of the server or of the program; an unexpected error is a failure. */
export function exitOfError(error: unknown): ExitCode {
  if (error instanceof AnsweredProblem) return exitCodeOf({ kind: "problem", code: error.code })
  return exitCodeOf({ kind: "here", name: error instanceof CliError ? error.parts.ends : "failed" })
}

/** The highest of several codes, for a command with several results; 0 for none. */
export const highest = (codes: readonly ExitCode[]): ExitCode =>
  codes.reduce<ExitCode>((most, code) => (code > most ? code : most), 0)

const ofAnswer: { readonly [A in AnswerKind]: ExitName } = {
  completed: "done",
  working: "waiting",
  held: "waiting",
  inDoubt: "inDoubt",
  failed: "failed",
  cancelled: "no",
  denied: "no",
  reviewRejected: "no",
  expired: "no",
  planRejected: "no",
}

/** Error codes whose exit code does not follow from their status. */
const byCode: { readonly [C in ErrorCode]?: ExitName } = {
  POLICY_DENIED: "no",
  TRACE_CORRUPT: "no",
  PLAN_INVALID: "no",
  SKILL_REFUSED: "no",
  OUTCOME_UNKNOWN: "inDoubt",
  NOT_FOUND: "failed",
  CAPACITY_EXCEEDED: "failed",
  NAME_TAKEN: "conflict",
}

function ofProblem(code: ErrorCode): ExitName {
  const { status } = errors[code]
  const own = byCode[code]
  if (own !== undefined) return own
  if (status === 401 || status === 403) return "notPermitted"
  if (status === 409 || status === 410) return "conflict"
  if (status === 429 || status >= 500) return "failed"
  return "usage"
}
