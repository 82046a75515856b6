// An error of the command itself: a question without a terminal, a bad file, an unreachable server.
// Owns: the error with its four parts. Does not own: how they are printed (report-error.ts), nor problems of the server.

import type { ErrorCode, Problem } from "@counterfoil/contracts"
import type { ExitName } from "./exit-codes.ts"

/** An error of the program: code, sentence, what to do, and the page with details. Without `fix`, the command's help is suggested. */
export class CliError extends Error {
  override readonly name = "CliError"
  readonly parts: {
    readonly code: string
    readonly ends: ExitName
    readonly fix: string | null
    readonly see: string
    readonly lines: readonly string[]
  }
  constructor(
    sentence: string,
    parts: {
      readonly code?: string
      readonly ends?: ExitName
      readonly fix?: string
      readonly see?: string
      readonly lines?: readonly string[]
    },
  ) {
    super(sentence)
    this.parts = {
      code: parts.code ?? "USAGE",
      ends: parts.ends ?? "usage",
      fix: parts.fix ?? null,
      see: parts.see ?? "docs/cli.md",
      lines: parts.lines ?? [],
    }
  }
}

/** A problem that the server returned; it ends the command. */
export class AnsweredProblem extends Error {
  override readonly name = "AnsweredProblem"
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
  get code(): ErrorCode {
    return this.problem.code
  }
}
