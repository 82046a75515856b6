// `restore`: a backup into an empty database, verified; or word to a promoted standby that it took another's place.
// Owns: its flags and its answer. Does not own: restoring (store), verifying (backup/).

import { markPromoted, restoreBackup } from "@counterfoil/store"
import { withDatabase } from "../../backup/database-of.ts"
import { verifyStore } from "../../backup/verify-store.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Ending } from "../command.ts"
import { operatorAnswer } from "./operator-answer.ts"

/** The command. */
export const restore: Command = {
  examples: ["restore --from nightly.backup.gz", "restore --promoted"],
  arguments: [],
  exits: [0, 1, 2, 3],
  flags: [
    { long: "from", value: "FILE", help: "the backup; the database must be empty" },
    { long: "promoted", help: "the database is a standby that may lack the last commits of its primary" },
    { long: "data", value: "DIR", help: "a new embedded installation; else DATABASE_OWNER_URL" },
  ],
  run: ({ flags }) =>
    operatorAnswer(async () => {
      const from = flags.text("from")
      const data = flags.text("data")
      if (from === undefined && !flags.on("promoted"))
        throw new CliError("Nothing says what is restored.", { fix: "Give --from, or --promoted." })
      return await withDatabase(data, process.env, async (url) => {
        if (from !== undefined) return await restored(url, from)
        await markPromoted(url)
        return { exit: 0, shown: { document: { promoted: true }, text: () => `promoted: ${afterwards}` } }
      })
    }),
}

const afterwards =
  "leases are gone, fences raised; steps that may have happened meanwhile are probed or in doubt"

async function restored(url: string, from: string): Promise<Ending> {
  const { takenAt, rows, environment } = await restoreBackup(url, from)
  const { verified, broken } = await verifyStore(url, environment)
  const ids = broken.slice(0, shownMax).join(" ")
  return {
    exit: broken.length === 0 ? 0 : 3,
    shown: {
      document: { takenAt, rows, verified, broken },
      text: () =>
        broken.length === 0
          ? `restored as of ${takenAt}: ${verified} executions verified, heads as before; ${afterwards}`
          : `restored as of ${takenAt}, but ${broken.length} executions do not verify: ${ids}`,
    },
  }
}

const shownMax = 10
