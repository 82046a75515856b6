// `bundle verify`: is this what the control plane wrote, and did nobody change it? No server, no network, no trust in the writer.
// Owns: keys from a file, and the words. Does not own: the checks (verifier/), which share no code with the writer.

import { parseWith, type Immutable } from "@counterfoil/contracts"
import { z } from "zod"
import { verifyBundle, type Verification } from "../../verifier/verify-bundle.ts"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { readJsonFile } from "../derive/read-file.ts"
import { documentOf } from "../json-values.ts"
import { readBundleFile } from "../offline/read-bundle-file.ts"
import { verificationText } from "../print/verification.ts"
import type { Io } from "../io.ts"

/** What `key list --json` prints, kept by somebody who trusts it. */
const Keys = z.object({
  items: z.array(
    z.object({
      keyId: z.string(),
      human: z.string(),
      spki: z.string(),
      enrolledAt: z.string(),
      revokedAt: z.string().optional(),
    }),
  ),
})

const exits = { verified: 0, couldNotCheck: 1, doesNotVerify: 3 } as const

/** The command. */
export const bundleVerify: Command = {
  examples: [
    "bundle verify exe_4k9d.bundle",
    "bundle verify exe_4k9d.bundle --keys keys.json --head 31:sha256:…",
  ],
  exits: [0, 1, 2, 3],
  arguments: [{ name: "file", help: "a bundle; - is stdin" }],
  flags: [
    {
      long: "keys",
      value: "FILE",
      help: "the reviewers' keys that you trust, as key list --json printed them",
    },
    {
      long: "head",
      value: "SEQ:HASH",
      help: "the head that you kept elsewhere: shows a trace that was cut off",
    },
  ],
  run: ({ args, flags, io }) => {
    const keys = flags.text("keys")
    const verification = verifyBundle(
      readBundleFile(io, args[0] ?? "-"),
      keys === undefined ? null : keysOf(io, keys),
      headOf(flags.text("head")),
    )
    return Promise.resolve({
      exit: exits[verification.result],
      shown: { document: documentOf(verification), text: (page) => verificationText(verification, page) },
      hints: hintsOf(verification),
    })
  },
}

function keysOf(io: Io, path: string) {
  const parsed = parseWith(Keys, readJsonFile(io, path))
  if (!parsed.ok) throw new CliError(`${path} holds no keys.`, { fix: "counterfoil key list --json" })
  const { items }: Immutable<z.infer<typeof Keys>> = parsed.value
  return items.map(({ revokedAt, ...key }) => ({ ...key, revokedAt: revokedAt ?? null }))
}

function headOf(typed: string | undefined) {
  if (typed === undefined) return null
  const [, seq, hash] = /^(\d{1,15}):(sha256:[0-9a-f]{64})$/.exec(typed) ?? []
  if (seq === undefined || hash === undefined)
    throw new CliError("--head takes SEQ:HASH, such as 31:sha256:…", {
      fix: "counterfoil bundle verify --help",
    })
  return { seq: Number(seq), hash }
}

const hintsOf = ({ result }: Verification): readonly string[] =>
  result === "couldNotCheck" ? ["signed reviews were not checked: give --keys with keys that you trust"] : []
