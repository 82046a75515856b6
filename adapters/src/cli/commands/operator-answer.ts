// What an operator's command answers when the database, a file or a setting does not let it work.
// Owns: that translation. Does not own: any sentence; who threw it wrote it for operators.

import { BackupError } from "@counterfoil/store"
import { isOperatorError } from "../../start/start.ts"
import { CliError } from "../cli-error.ts"
import type { Ending } from "../command.ts"

/** Runs a command; an error that is meant for operators ends it with exit 1 and its own sentence. */
export async function operatorAnswer(
  run: () => Promise<Ending>,
  runbook = "restore-from-backup",
): Promise<Ending> {
  try {
    return await run()
  } catch (error) {
    if (isOperatorError(error) || error instanceof BackupError || isSystemError(error))
      throw new CliError(error.message, {
        code: "FAILED",
        ends: "failed",
        fix: "Change what it names, and run the same command again: nothing was changed.",
        see: `docs/runbooks/${runbook}.md`,
      })
    throw error
  }
}

/** A file that is not there, a server that refuses the connection: the system's own sentence names it. */
const isSystemError = (error: unknown): error is Error =>
  error instanceof Error && "syscall" in error && "code" in error
