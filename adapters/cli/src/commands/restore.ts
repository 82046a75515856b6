// `restore`: restores a backup into an empty database, compared with what was kept elsewhere or confirmed by a person; or marks a
// promoted standby as the new primary.
// Owns: its flags, the question, the answer. Does not own: restoring (store), comparing (backup/).
// Keeps INV-04: the database stays empty until a receipt, a key or a person shows that the backup is what was written. A person
// confirms the list of principals with rights. The list cannot show who has the secret of a token, so a restore that only a
// person confirmed revokes all tokens.

import { markPromoted, restoreBackup, type Restored } from "@counterfoil/store"
import {
  withDatabase,
  agreesWithTraces,
  examineRestored,
  type Examination,
  listDigestOf,
  oddTime,
  proofOf,
  readKept,
  rightsToConfirm,
  type Kept,
  type Proof,
  type JudgedRight,
} from "@counterfoil/server/operate"
import { askFor } from "../ask-people.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Ending } from "../command.ts"
import type { ExitCode } from "../exit-codes.ts"
import type { Io } from "../io.ts"
import { documentOf } from "@counterfoil/contracts"
import { agreementOf, differencesText, notProven, restoredText } from "../print/restored.ts"
import { operatorAnswer } from "./operator-answer.ts"

/** The flags that name what was kept elsewhere; `backup --verify` has them too. */
export const keptFlags = [
  { long: "receipts", value: "FILE", help: "receipts that were kept elsewhere: one must match this backup" },
  {
    long: "key",
    value: "FILE",
    help: "the public key that was kept elsewhere: it must have signed this backup",
  },
]

/** The command. */
export const restore: Command = {
  examples: [
    "restore --from nightly.backup.gz --receipts /elsewhere/receipts.jsonl",
    "restore --from nightly.backup.gz --key /elsewhere/backup-key.pub",
    "restore --from nightly.backup.gz",
    "restore --promoted",
  ],
  arguments: [],
  exits: [0, 1, 2, 3],
  flags: [
    { long: "from", value: "FILE", help: "the backup; the database must be empty" },
    ...keptFlags,
    {
      long: "confirm",
      value: "DIGEST",
      help: "the digest of the list that a restore without receipts or key printed; required without a terminal",
    },
    { long: "promoted", help: "the database is a standby that may lack the last commits of its primary" },
    {
      long: "data",
      value: "DIR",
      help: "the folder of a new embedded installation; without it, DATABASE_OWNER_URL is used",
    },
  ],
  run: ({ flags, io }) =>
    operatorAnswer(async () => {
      const from = flags.text("from")
      const data = flags.text("data")
      if (from === undefined && !flags.on("promoted"))
        throw new CliError("The backup to restore is missing.", { fix: "Give --from, or --promoted." })
      const kept = readKept({ receipts: flags.text("receipts"), key: flags.text("key") })
      return await withDatabase(
        data,
        io.env,
        async (url) => {
          if (from !== undefined)
            return await restored(url, { from, kept, confirm: flags.text("confirm"), io })
          await markPromoted(url)
          return { exit: 0, shown: { document: { promoted: true }, text: () => `promoted: ${afterwards}` } }
        },
        { creates: from !== undefined },
      )
    }),
}

const afterwards =
  "leases were removed and fences raised; steps that may have happened meanwhile are probed or in doubt"

interface Asked {
  readonly from: string
  readonly kept: Kept
  readonly confirm: string | undefined
  readonly io: Io
}

/** The findings, and whether the backup is accepted: `confirmed` by a person, where no receipt or key proves it. */
interface Judged {
  readonly proof: Proof
  readonly found: Examination
  /** The rights that a person has to review, and their digest. */
  readonly rights: readonly JudgedRight[]
  readonly list: string
  /** A sentence about a backup whose time is in the future, or null. */
  readonly odd: string | null
  readonly counts: "verified" | "confirmed" | "refused" | "unconfirmed"
  /** The number of tokens of the backup that were revoked. */
  readonly tokensEnded: number
}

async function restored(url: string, asked: Asked): Promise<Ending> {
  let judged: Judged | null = null
  const summary = await restoreBackup(url, asked.from, async (what) => {
    const found = await judge(what, asked, await examineRestored(what.rows, what.summary.environment))
    judged = found.counts === "confirmed" ? { ...found, tokensEnded: await what.endTokens() } : found
    return judged.counts === "verified" || judged.counts === "confirmed"
  })
  return endingOf(summary, judgedOf(judged))
}

function judgedOf(judged: Judged | null): Judged {
  if (judged === null) throw new TypeError("a backup was restored that no one judged")
  return judged
}

async function judge(
  { summary }: Restored,
  { kept, confirm, io }: Asked,
  found: Examination,
): Promise<Judged> {
  const proof = proofOf(summary, kept)
  const now = io.now()
  const rights = rightsToConfirm(found, summary, now)
  const list = listDigestOf(summary, found, rights)
  const odd = oddTime(summary, now)
  const judged = (counts: Judged["counts"]): Judged => ({
    proof,
    found,
    rights,
    list,
    odd,
    counts,
    tokensEnded: 0,
  })
  switch (proof.proof) {
    case "refused":
      return judged("refused")
    case "verified":
      return judged("verified")
    case "nothing": {
      if (confirm !== undefined) return judged(confirm === list ? "confirmed" : "unconfirmed")
      if (!io.interactive) return judged("unconfirmed")
      if (odd !== null) io.say(odd)
      io.say(restoredText(found, rights))
      const answer = await askFor(io, "Is this what was backed up? Type restore to keep it: ", {
        name: "--confirm",
        fix: "Give --receipts, --key, or --confirm.",
      })
      return judged(answer === "restore" ? "confirmed" : "unconfirmed")
    }
  }
}

/** 0: compared with what was kept elsewhere. 1: restored, but nothing proves that it is what was backed up. */
function exitOf({ counts, found }: Judged): ExitCode {
  if (counts === "refused") return 3
  if (counts === "unconfirmed") return 2
  if (!agreesWithTraces(found)) return 3
  return counts === "verified" ? 0 : 1
}

function endingOf(summary: Restored["summary"], judged: Judged): Ending {
  const { proof, found, rights, list, counts, tokensEnded } = judged
  const { takenAt, rows } = summary
  const { verified, broken, projections, unprojected, open, texts, strays } = found
  return {
    exit: exitOf(judged),
    shown: {
      document: documentOf({
        restored: counts === "verified" || counts === "confirmed",
        takenAt,
        rows,
        comparedWith: proof.proof === "verified" ? proof.against : [],
        confirmedByPerson: counts === "confirmed",
        tokensEnded,
        verified,
        broken,
        projections,
        unprojected,
        open,
        texts,
        strays,
        rights,
        list,
      }),
      text: () => textOf(summary, judged),
    },
    hints: hintsOf(judged),
  }
}

function hintsOf({ counts, odd, list }: Judged): readonly string[] {
  switch (counts) {
    case "unconfirmed":
      return [
        ...(odd === null ? [] : [odd]),
        `nothing was restored. Review the list; if it is what was backed up, run the same command with --confirm ${list}`,
      ]
    case "confirmed":
      return [
        'every token of the backup was revoked. To get access again: counterfoil owner recover --principal hum_… -m "restored from a backup"',
      ]
    case "verified":
    case "refused":
      return []
  }
}

function textOf(summary: Restored["summary"], { proof, found, rights, counts, tokensEnded }: Judged): string {
  const head = `restored as of ${summary.takenAt}: ${found.verified} executions verified, rows and rights ${agreementOf(found)}`
  switch (counts) {
    case "refused":
      return `nothing was restored: ${proof.proof === "refused" ? proof.because : ""}`
    case "unconfirmed":
      return restoredText(found, rights)
    case "verified":
      return [
        `${head}; the backup was verified with the ${proof.proof === "verified" ? proof.against.join(" and the ") : ""}; ${afterwards}`,
        ...differencesText(found),
      ].join("\n")
    case "confirmed":
      return [
        `${head}; a person confirmed the rights in it; its ${tokensEnded} tokens were revoked; ${afterwards}`,
        ...differencesText(found),
        notProven,
      ].join("\n")
  }
}
