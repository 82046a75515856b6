// `bundle show`: prints the story of a bundle, offline. A file that does not verify is not shown.
// Owns: verifying before printing. Does not own: the checks (verifier/), nor the words (print/story.ts).

import { escapeLine, type Json, documentOf, isObject } from "@counterfoil/contracts"
import { readLines, type Entry, type Verification, verifyBundle } from "@counterfoil/verifier"
import type { Command, Ending } from "../command.ts"
import type { Io } from "../io.ts"
import { readBundleFile } from "../offline/read-bundle-file.ts"
import { storyText, type StoryEntry } from "../print/story.ts"
import { verificationText } from "../print/verification.ts"

/** The command. */
export const bundleShow: Command = {
  examples: ["bundle show exe_4k9d.bundle"],
  arguments: [{ name: "file", help: "a bundle; - is stdin" }],
  flags: [],
  exits: [0, 1, 2, 3],
  run: ({ args, io }) => Promise.resolve(told(io, args[0] ?? "-")),
}

function told(io: Io, file: string): Ending {
  const bytes = readBundleFile(io, file)
  const verification = verifyBundle(bytes, { keys: null, head: null, derive: null })
  if (verification.result === "doesNotVerify")
    return {
      exit: 3,
      shown: { document: documentOf(verification), text: (page) => verificationText(verification, page) },
    }
  const { header, entries } = readLines(bytes)
  const story = entries.map(toldEntry)
  const items = story.map(documentOf)
  const { executionId, proven } = verification
  const whose = `${escapeLine(executionId ?? "–")}  of ${escapeLine(textOf(header["tenant"]))}, ${escapeLine(textOf(header["environment"]))}`
  return {
    exit: 0,
    shown: {
      document: { executionId, ended: proven.ended, items },
      items,
      text: (page) =>
        [`${whose}${proven.ended ? "" : "; it had not ended"}`, storyText(story, page)].join("\n"),
    },
    hints: [foundOf(verification), `to prove it: counterfoil bundle verify ${file}`],
  }
}

/** The result of the verification, and the checks that were not possible. */
function foundOf({ checks }: Verification): string {
  const open = checks.filter(({ name, status }) => status === "notChecked" && lacking.has(name))
  const missing = open.map(({ name, because }) => `${name.toLowerCase()}, ${escapeLine(because)}`)
  return open.length === 0
    ? "it does not contradict itself; no decision was derived again"
    : `the checked parts do not contradict each other; not checked: ${missing.join("; ")}`
}
const lacking = new Set(["BLOB", "PAYLOAD", "APPROVAL", "CONSUMPTION"])

const toldEntry = ({ seq, time, kind, head, payload }: Entry): StoryEntry => ({
  seq,
  time,
  kind,
  by: textOf(isObject(head["principal"]) ? head["principal"]["id"] : undefined),
  payload: payload ?? undefined,
})

const textOf = (value: Json | undefined): string => (typeof value === "string" ? value : "–")
