// The error of a command that works directly on the database, when the database, a file or a setting prevents it.
// Owns: the variable and the page that it names. Does not own: the sentences (process/operator-failure.ts).

import type { Ending } from "../command.ts"
import type { FailedAt } from "../operator-error.ts"

/** The variable and the page for the commands that restore and recover. */
const restoring: FailedAt = {
  database: "DATABASE_OWNER_URL",
  see: "docs/runbooks/restore-from-backup.md",
}

/** Runs a command; a failure that the operator can fix ends it with a sentence and what to do next. */
export async function operatorAnswer(run: () => Promise<Ending>, at: FailedAt = restoring): Promise<Ending> {
  try {
    return await run()
  } catch (error) {
    const { operatorError } = await import("../operator-error.ts")
    throw operatorError(error, at)
  }
}
