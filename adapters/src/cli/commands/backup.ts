// `backup`: everything that the database holds, of one moment, in one file.
// Owns: its flags and its answer. Does not own: the file (store).

import { readBackup, writeBackup, type BackupSummary } from "@counterfoil/store"
import { withDatabase } from "../../backup/database-of.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Ending } from "../command.ts"
import { operatorAnswer } from "./operator-answer.ts"

/** The command. */
export const backup: Command = {
  examples: [
    "backup --out nightly.backup.gz",
    "backup --out demo.backup.gz --data ./.counterfoil",
    "backup --verify nightly.backup.gz",
  ],
  arguments: [],
  exits: [0, 1, 2],
  flags: [
    { long: "out", value: "FILE", help: "where it is written, readable by you alone" },
    { long: "verify", value: "FILE", help: "read a backup to its end instead, and say whether it is whole" },
    { long: "data", value: "DIR", help: "the stopped embedded installation; else DATABASE_OWNER_URL" },
  ],
  run: ({ flags }) =>
    operatorAnswer(async () => {
      const out = flags.text("out")
      const verify = flags.text("verify")
      if (verify !== undefined) return told("whole", verify, await readBackup(verify, nowhere))
      if (out === undefined)
        throw new CliError("Nothing says where the backup goes.", {
          fix: "Give --out, or --verify to read one.",
        })
      const summary = await withDatabase(flags.text("data"), process.env, (url) => writeBackup(url, out))
      return told("written", out, summary)
    }),
}

const nowhere = {
  begin: () => Promise.resolve(),
  table: () => Promise.resolve(),
  rows: () => Promise.resolve(),
  end: () => Promise.resolve(),
}

function told(what: string, file: string, { takenAt, rows }: BackupSummary): Ending {
  const executions = rows["execution"] ?? 0
  const entries = rows["entry"] ?? 0
  return {
    exit: 0,
    shown: {
      document: { file, takenAt, rows },
      text: () => `${file}  ${what}: ${executions} executions, ${entries} entries, as of ${takenAt}`,
    },
  }
}
