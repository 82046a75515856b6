// `migrate`: migrates the database of DATABASE_URL to this release.
// Does not own: the migrations (store).

import type { Command } from "../command.ts"
import { operatorAnswer } from "./operator-answer.ts"

const at = { database: "DATABASE_OWNER_URL" }

/** The command. */
export const migrate: Command = {
  examples: ["migrate"],
  arguments: [],
  exits: [0, 1],
  flags: [],
  run: async () => {
    const { migrateCommand } = await import("../start/serve-command.ts")
    return await operatorAnswer(async () => {
      await migrateCommand()
      return { exit: 0, shown: null }
    }, at)
  },
}
