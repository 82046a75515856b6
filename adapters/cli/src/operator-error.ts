// An error that its operator or author can mend, as the end of a command: never INTERNAL.
// Owns: that form. Does not own: the sentences (start/operator-failure.ts). Loaded when a command failed: it loads the store.

import { SettingsError } from "@counterfoil/server/settings"
import { operatorFailure } from "@counterfoil/server/process"
import { AnsweredProblem, CliError } from "./cli-error.ts"

/** Where it came from, as far as the command knows. */
export interface FailedAt {
  /** The variable of the database that the command connects to. */
  readonly database?: string
  /** The hosts that the command listens on. */
  readonly hosts?: readonly string[]
  readonly see?: string
}

/** The error with its sentence and what to do next; a bug, and what is an end already, as it is. */
export function operatorError(
  error: unknown,
  { database = "DATABASE_URL", hosts = [], see }: FailedAt = {},
): unknown {
  if (error instanceof CliError || error instanceof AnsweredProblem) return error
  // A flag that a program refuses is usage, as it is where the command refuses it itself.
  if (error instanceof SettingsError && error.message.startsWith("--")) return new CliError(error.message, {})
  const failure = operatorFailure(error, { hosts, database })
  if (failure === null) return error
  return new CliError(failure.sentence, {
    code: "FAILED",
    ends: "failed",
    fix: failure.fix ?? "Change what it names, and run the same command again.",
    ...(see === undefined ? {} : { see }),
  })
}
