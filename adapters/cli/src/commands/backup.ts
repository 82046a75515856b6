// `backup`: writes one consistent state of the whole database into one file, with a receipt beside it and an optional signature.
// Owns: its flags and its answer. Does not own: the file (store), its verification (backup/judge-backup.ts).

import { existsSync } from "node:fs"
import { readBackup, receiptOf, signContents, writeBackup, type BackupSummary } from "@counterfoil/store"
import {
  signingKey,
  withDatabase,
  proofOf,
  readKept,
  type Kept,
  type Proof,
} from "@counterfoil/server/operate"
import { CliError } from "../cli-error.ts"
import type { Command, Ending, Invocation } from "../command.ts"
import { fileExists, isThere, writeNewFile } from "../offline/file-exists.ts"
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
  exits: [0, 1, 2, 3, 6],
  flags: [
    { long: "out", value: "FILE", help: "a new file, which only you can read" },
    {
      long: "sign-with",
      value: "FILE",
      help: "a private key, made on first use; keep its public half, FILE.pub, elsewhere",
    },
    {
      long: "verify",
      value: "FILE",
      help: "only read a backup to its end, and report whether it is complete",
    },
    ...keptFlags,
    {
      long: "data",
      value: "DIR",
      help: "the folder of a stopped embedded installation; without it, DATABASE_OWNER_URL is used",
    },
  ],
  run: ({ flags, io }) =>
    operatorAnswer(async () => {
      const out = flags.text("out")
      const verify = flags.text("verify")
      refuseIgnored(flags, verify === undefined ? ["receipts", "key"] : ["out", "sign-with"])
      if (verify !== undefined) {
        const kept = readKept({ receipts: flags.text("receipts"), key: flags.text("key") })
        return verified(verify, await readBackup(verify, nowhere), kept)
      }
      if (out === undefined)
        throw new CliError("The file of the backup is missing.", {
          fix: "Give --out, or --verify to read one.",
        })
      // Check both files before the work begins: either may be the only proof of another backup.
      const taken = [out, receiptFile(out)].find((file) => existsSync(file))
      if (taken !== undefined) throw fileExists(taken, "backup")
      const keyFile = flags.text("sign-with")
      const key = keyFile === undefined ? null : signingKey(keyFile)
      const summary = await withDatabase(flags.text("data"), io.env, (url) =>
        writeBackup(url, out, key === null ? null : (contents) => signContents(key, contents)),
      ).catch((error: unknown) => {
        throw isThere(error) ? fileExists(out, "backup") : error
      })
      return written(out, summary)
    }),
}

/** Refuses a flag that would be ignored: an unsigned backup must not look signed because `--key` was given. */
function refuseIgnored(flags: Invocation["flags"], long: readonly string[]): void {
  const ignored = long.find((name) => flags.text(name) !== undefined)
  if (ignored !== undefined)
    throw new CliError(`--${ignored} is not for ${long.includes("out") ? "reading" : "writing"} a backup.`, {
      fix: "counterfoil backup --help",
    })
}

const nowhere = {
  begin: () => Promise.resolve(),
  table: () => Promise.resolve(),
  rows: () => Promise.resolve(),
  end: () => Promise.resolve(),
}

const receiptFile = (file: string): string => `${file}.receipt`

/** Writes the receipt beside the backup, the only known place; it proves something only when it is kept elsewhere. */
function written(file: string, summary: BackupSummary): Ending {
  const receipt = receiptFile(file)
  writeNewFile(receipt, `${JSON.stringify(receiptOf(summary))}\n`, 0o644, "backup")
  return {
    exit: 0,
    shown: {
      document: { ...documentOf(file, summary), receipt, signed: summary.signature !== null },
      text: () => `${file}  written: ${contentsOf(summary)}`,
    },
    hints: [
      `keep ${receipt}${summary.signature === null ? "" : ", or the public key,"} apart from this backup: without it no one can detect a changed backup`,
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
      text: () => `${file}  complete: ${contentsOf(summary)}\n${proofText(proof)}`,
    },
  }
}

function proofText(proof: Proof): string {
  switch (proof.proof) {
    case "verified":
      return `verified with the ${proof.against.join(" and the ")}`
    case "refused":
      return `THIS IS NOT THE BACKUP THAT WAS WRITTEN: ${proof.because}`
    case "nothing":
      return "not verified: its contents were not compared with a receipt or a key, and its own checksum does not show who wrote it"
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
