// `backup`: everything that the database holds, of one moment, in one file, with a receipt beside it and, if asked for, signed.
// Owns: its flags and its answer. Does not own: the file (store), what proves it (backup/judge-backup.ts).

import { writeFileSync } from "node:fs"
import { readBackup, receiptOf, signContents, writeBackup, type BackupSummary } from "@counterfoil/store"
import { signingKey } from "../../backup/backup-key.ts"
import { withDatabase } from "../../backup/database-of.ts"
import { proofOf, type Kept, type Proof } from "../../backup/judge-backup.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Ending } from "../command.ts"
import { operatorAnswer } from "./operator-answer.ts"
import { keptFlags } from "./restore.ts"

/** The command. */
export const backup: Command = {
  examples: [
    "backup --out nightly.backup.gz",
    "backup --out demo.backup.gz --data ./.counterfoil",
    "backup --out nightly.backup.gz --sign-with backup-key",
    "backup --verify nightly.backup.gz --key /elsewhere/backup-key.pub",
  ],
  arguments: [],
  exits: [0, 1, 2, 3],
  flags: [
    { long: "out", value: "FILE", help: "where it is written, readable by you alone" },
    {
      long: "sign-with",
      value: "FILE",
      help: "a private key, made on first use; its public half in FILE.pub is to be kept elsewhere",
    },
    { long: "verify", value: "FILE", help: "read a backup to its end instead, and say whether it is whole" },
    ...keptFlags,
    { long: "data", value: "DIR", help: "the stopped embedded installation; else DATABASE_OWNER_URL" },
  ],
  run: ({ flags, io }) =>
    operatorAnswer(async () => {
      const out = flags.text("out")
      const verify = flags.text("verify")
      if (verify !== undefined)
        return verified(verify, await readBackup(verify, nowhere), {
          receipts: flags.text("receipts"),
          key: flags.text("key"),
        })
      if (out === undefined)
        throw new CliError("Nothing says where the backup goes.", {
          fix: "Give --out, or --verify to read one.",
        })
      const keyFile = flags.text("sign-with")
      const key = keyFile === undefined ? null : signingKey(keyFile)
      const summary = await withDatabase(flags.text("data"), io.env, (url) =>
        writeBackup(url, out, key === null ? null : (contents) => signContents(key, contents)),
      )
      return written(out, summary)
    }),
}

const nowhere = {
  begin: () => Promise.resolve(),
  table: () => Promise.resolve(),
  rows: () => Promise.resolve(),
  end: () => Promise.resolve(),
}

/** The receipt is written beside the backup, because that is where we are; it counts once it is kept elsewhere. */
function written(file: string, summary: BackupSummary): Ending {
  const receipt = `${file}.receipt`
  writeFileSync(receipt, `${JSON.stringify(receiptOf(summary))}\n`)
  return {
    exit: 0,
    shown: {
      document: { ...documentOf(file, summary), receipt, signed: summary.signature !== null },
      text: () => `${file}  written: ${contentsOf(summary)}`,
    },
    hints: [
      `keep ${receipt}${summary.signature === null ? "" : ", or the public key,"} where this backup is not: without it no one can tell a changed backup`,
    ],
  }
}

function verified(file: string, summary: BackupSummary, kept: Kept): Ending {
  const proof = proofOf(summary, kept)
  return {
    exit: proof.proof === "refused" ? 3 : 0,
    shown: {
      document: {
        ...documentOf(file, summary),
        comparedWith: proof.proof === "verified" ? [...proof.against] : [],
        isTheOneWritten: { verified: true, nothing: null, refused: false }[proof.proof],
      },
      text: () => `${file}  whole: ${contentsOf(summary)}\n${proofText(proof)}`,
    },
  }
}

function proofText(proof: Proof): string {
  switch (proof.proof) {
    case "verified":
      return `it is the one of the ${proof.against.join(" and the ")}`
    case "refused":
      return `IT IS NOT THE ONE THAT WAS WRITTEN: ${proof.because}`
    case "nothing":
      return "not verified: its contents were compared with no receipt and no key, and its own checksum says nothing of who wrote it"
  }
}

const documentOf = (file: string, { takenAt, rows, sha256 }: BackupSummary) => ({
  file,
  takenAt,
  rows,
  sha256,
})

const contentsOf = ({ takenAt, rows }: BackupSummary): string =>
  `${rows["execution"] ?? 0} executions, ${rows["entry"] ?? 0} entries, as of ${takenAt}`
