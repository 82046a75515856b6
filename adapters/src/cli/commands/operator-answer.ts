// What a command that works on the database itself ends with when the database, a file or a setting does not let it.
// Owns: which variable and which page it names. Does not own: any sentence (start/operator-failure.ts).

import type { Ending } from "../command.ts"
import { operatorError } from "../operator-error.ts"

/** Runs a command; what its operator can mend ends it with exit 1 and a sentence. */
export async function operatorAnswer(
  run: () => Promise<Ending>,
  runbook = "restore-from-backup",
): Promise<Ending> {
  try {
    return await run()
  } catch (error) {
    throw operatorError(error, { database: "DATABASE_OWNER_URL", see: `docs/runbooks/${runbook}.md` })
  }
}
