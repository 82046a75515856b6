// The exit code of an error, wherever it came from.
// Owns: telling the server's problems from ends of our own. Does not own: the table (exit-code.ts).

import { AnsweredProblem, CliError } from "./cli-error.ts"
import { exitCodeOf } from "./exit-code.ts"
import type { ExitCode } from "./exit-codes.ts"

/** What a script learns from an error; anything that nobody foresaw is a failure. */
export function exitOfError(error: unknown): ExitCode {
  if (error instanceof AnsweredProblem) return exitCodeOf({ kind: "problem", code: error.code })
  return exitCodeOf({ kind: "here", name: error instanceof CliError ? error.parts.ends : "failed" })
}
