// What a command that works on the database itself ends with when the database, a file or a setting does not let it.
// Owns: which variable and which page it names. Does not own: any sentence (start/operator-failure.ts).

import type { Ending } from "../command.ts"
import type { FailedAt } from "../operator-error.ts"

/** Where the commands that restore what was lost say more. */
const restoring: FailedAt = {
  database: "DATABASE_OWNER_URL",
  see: "docs/runbooks/restore-from-backup.md",
}

/** Runs a command; what its operator can mend ends it with a sentence, and what to do next. */
export async function operatorAnswer(run: () => Promise<Ending>, at: FailedAt = restoring): Promise<Ending> {
  try {
    return await run()
  } catch (error) {
    const { operatorError } = await import("../operator-error.ts")
    throw operatorError(error, at)
  }
}
