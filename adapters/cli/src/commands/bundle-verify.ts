// `bundle verify`: checks that a bundle is what the control plane wrote and was not changed, without server, network or trust in the writer.
// Owns: the caller's keys and head, and the exit code. Does not own: the checks (verifier/, which share no code with the writer),
// nor deciding again (offline/derive-bundle.ts). Only a proven bundle ends with 0.

import { HumanId, parseWith, Time, type Immutable, documentOf } from "@counterfoil/contracts"
import { hex, sha256 } from "@counterfoil/contracts/digest"
import { z } from "zod"
import {
  bytesOfBase64,
  verifyBundle,
  type Verification,
  type VerificationResult,
} from "@counterfoil/verifier"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { readJsonFile } from "../derive/read-file.ts"
import type { ExitCode } from "../exit-codes.ts"
import { deriveWith } from "../offline/derive-bundle.ts"
import { dataFlag, installedEngine, installedRegistry } from "../offline/installed.ts"
import { readBundleFile } from "../offline/read-bundle-file.ts"
import { verificationText } from "../print/verification.ts"
import type { Io } from "../io.ts"

/**
 * The output of `key list --json`, stored by someone who trusts it. A key has only one valid spelling, so that no verifier finds a key that
 * another does not find.
 */
const Keys = z.object({
  items: z
    .array(
      z
        .object({
          keyId: z.string(),
          human: HumanId,
          spki: z.string(),
          enrolledAt: Time,
          revokedAt: Time.optional(),
        })
        .refine(({ keyId, spki }) => isNamedByItself(keyId, spki)),
    )
    .refine((keys) => new Set(keys.map(({ keyId }) => keyId)).size === keys.length),
})

/** True when the id of a key is the SHA-256 of its bytes, and the base64 is canonical. */
function isNamedByItself(keyId: string, spki: string): boolean {
  const bytes = bytesOfBase64(spki)
  return bytes !== null && hex(sha256(bytes)) === keyId
}

const exits: { readonly [R in VerificationResult]: ExitCode } = {
  verified: 0,
  consistent: 1,
  couldNotCheck: 1,
  doesNotVerify: 3,
  notEnded: 5,
}

/** The command. */
export const bundleVerify: Command = {
  examples: [
    "bundle verify exe_4k9d.bundle --keys keys.json --head 31:sha256:…",
    "bundle verify exe_4k9d.bundle --keys keys.json --without-head",
  ],
  exits: [0, 1, 2, 3, 5],
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
      help: "the head that you kept elsewhere: reveals a trace that was cut off or rewritten",
    },
    {
      long: "without-head",
      help: "accept that no head was kept elsewhere: the result consistent ends with 0",
    },
    dataFlag,
  ],
  run: async ({ args, flags, io }) => {
    const [path, typed] = [flags.text("keys"), flags.text("head")]
    if (typed !== undefined && flags.on("without-head"))
      throw new CliError("--head and --without-head exclude each other.", {
        fix: "counterfoil bundle verify --help",
      })
    const keys = path === undefined ? null : keysOf(io, path)
    const registry = installedRegistry(flags.text("data"))
    const derive = deriveWith({ registry, engine: await installedEngine(), keys })
    const verification = verifyBundle(readBundleFile(io, args[0] ?? "-"), {
      keys,
      head: headOf(typed),
      derive,
    })
    return {
      exit: exitOf(verification, flags.on("without-head")),
      shown: { document: documentOf(verification), text: (page) => verificationText(verification, page) },
      hints: hintsOf(verification, flags.on("without-head")),
    }
  },
}

/** An execution that had not ended has an exit code of its own, also without a head. */
const exitOf = ({ result, proven }: Verification, withoutHead: boolean): ExitCode =>
  result !== "consistent" || !withoutHead ? exits[result] : proven.ended ? 0 : exits.notEnded

function keysOf(io: Io, path: string) {
  const parsed = parseWith(Keys, readJsonFile(io, path))
  if (!parsed.ok) {
    const at = parsed.error[0]?.at ?? ""
    throw new CliError(`${path} is not a list of keys${at === "" ? "" : `: wrong at ${at}`}.`, {
      fix: "counterfoil key list --json",
    })
  }
  const { items }: Immutable<z.infer<typeof Keys>> = parsed.value
  return items.map(({ revokedAt, ...key }) => ({ ...key, revokedAt: revokedAt ?? null }))
}

function headOf(typed: string | undefined) {
  if (typed === undefined) return null
  const [, seq, hash] = /^([1-9]\d{0,14}):(sha256:[0-9a-f]{64})$/.exec(typed) ?? []
  if (seq === undefined || hash === undefined)
    throw new CliError("--head takes SEQ:HASH, such as 31:sha256:…", {
      fix: "counterfoil bundle verify --help",
    })
  return { seq: Number(seq), hash }
}

function hintsOf({ result, reviews, checks }: Verification, withoutHead: boolean): readonly string[] {
  const unsigned = reviews.some(({ signature }) => signature === "notChecked")
  const loose = checks.some(({ because }) => because.includes("no trusted keys"))
  if (result === "couldNotCheck" && (unsigned || loose))
    return ["signed reviews were not checked: pass --keys with keys that you trust"]
  return result === "consistent" && !withoutHead
    ? [
        "pass --head with the head of the trace that was kept elsewhere, or --without-head to accept that none was",
      ]
    : []
}
