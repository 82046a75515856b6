// Turns an error that the operator or author can fix into the end of a command, never INTERNAL.
// Does not own: the sentences (process/operator-failure.ts). Loaded only after a command failed, because it loads the store.

import { SettingsError } from "@counterfoil/server/settings"
import { operatorFailure } from "@counterfoil/server/process"
import { AnsweredProblem, CliError } from "./cli-error.ts"

/** What the command knows about the origin of the error. */
export interface FailedAt {
  /** The variable of the database that the command connects to. */
  readonly database?: string
  /** The hosts that the command listens on. */
  readonly hosts?: readonly string[]
  readonly see?: string
}

/** The error with its sentence and what to do next; a bug, or an error that already ends a command, is returned unchanged. */
export function operatorError(
  error: unknown,
  { database = "DATABASE_URL", hosts = [], see }: FailedAt = {},
): unknown {
  if (error instanceof CliError || error instanceof AnsweredProblem) return error
  // A refused setting of a flag is a usage error, as where the command itself refuses it.
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
