// An end that a command reaches by itself: a question that no one is there to answer, a bad file, no way to the server.
// Owns: the error that carries the four parts. Does not own: how they are printed (report-error.ts), nor problems of the server.

import type { ErrorCode, Problem } from "@counterfoil/contracts"
import type { ExitName } from "./exit-codes.ts"

/** An error of this side: code, sentence, what to do, and the page that says more. Without `fix`, the help of the command is what to do. */
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

/** A problem that the server answered, on its way to the end of the command. */
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
