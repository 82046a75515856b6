// `drift check`: do the contracts of this tree still agree with a baseline? Offline, but for the url of a server and for --live.
// Owns: its flags, its formats and its exit code. Does not own: the check (drift/).

import { writeFileSync } from "node:fs"
import { Time, type Registry } from "@counterfoil/contracts"
import { generatedDocuments } from "../../describe/generated-documents.ts"
import { checkDrift } from "../../drift/check-drift.ts"
import { fetchBytes } from "../../drift/fetch-lock.ts"
import type { LiveLook } from "../../drift/live/live-report.ts"
import { policyFindings } from "../../drift/policy-part.ts"
import { programVersion } from "../../drift/lock-of-registry.ts"
import { driftFormats, isDriftFormat, lastLine, type DriftFormat } from "../../drift/print-drift.ts"
import { FailOn, type DriftReport } from "../../drift/report.ts"
import { CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import { documentOf } from "../json-values.ts"
import { dataFlag, installedEngine, installedRegistry } from "../offline/installed.ts"
import { defaultPoliciesFolder, keptPolicy } from "../offline/policy-files.ts"

const exits = { clean: 0, notChecked: 1, findings: 3 } as const
const formats = ["text", "markdown", "json", "jsonl", "github", "sarif", "junit"] as const

/** The command. */
export const driftCheck: Command = {
  examples: [
    "drift check --against origin/main",
    "drift check --against contracts.lock.json --format json",
    "drift check --against https://control.example.org --out sarif=drift.sarif,junit=drift.xml",
  ],
  arguments: [],
  flags: [
    {
      long: "against",
      value: "BASELINE",
      help: "a git ref, a lock file, or the url of a running server (the merge base with the default branch)",
    },
    { long: "format", value: "FORMAT", choices: [...formats], help: "how the report is printed (text)" },
    {
      long: "out",
      value: "FORMAT=FILE",
      many: true,
      help: "also write the report to a file, in this format",
    },
    {
      long: "fail-on",
      value: "CLASS",
      choices: FailOn.options,
      help: "the least class that is exit 3 (risky)",
    },
    {
      long: "live",
      help: "also look at the work in the store of --data, stopped, or of DATABASE_URL; nothing is written",
    },
    {
      long: "policies",
      value: "DIR",
      help: `the folder of the tree's rules and golden verdicts (${defaultPoliciesFolder}, when it is there)`,
    },
    { long: "first", help: "accept a commit that has no lock yet" },
    dataFlag,
  ],
  exits: [0, 1, 2, 3],
  run: async (invocation) => {
    const { flags } = invocation
    const outs = outsOf(flags.texts("out"))
    const version = programVersion()
    const report = await checked(invocation)
    for (const { format, file } of outs) write(file, `${driftFormats[format](report, version)}\n`)
    const asked = flags.text("format") ?? "text"
    return {
      exit: exits[report.result],
      shown: {
        document: documentOf(report),
        items: [...report.findings.map(documentOf), documentOf(lastLine(report))],
        text: () => driftFormats[isDriftFormat(asked) ? asked : "text"](report, version),
      },
    }
  },
}

async function checked(invocation: Invocation): Promise<DriftReport> {
  const { flags, io, settings, tree } = invocation
  return await checkDrift({
    folder: process.cwd(),
    against: flags.text("against"),
    first: flags.on("first"),
    failOn: FailOn.parse(flags.text("fail-on") ?? "risky"),
    today: new Date(io.now()).toISOString().slice(0, 10),
    fetchBytes: (url) => fetchBytes(url, { ...settings, signal: io.signal }),
    registry: () => installedRegistry(flags.text("data")),
    policy: async (registry) =>
      policyFindings({
        registry,
        engine: await installedEngine(),
        now: timeOf(io),
        kept: keptPolicy(io, flags.text("policies")),
      }),
    documents: (registry) => generatedDocuments(registry, tree),
    live: flags.on("live") ? (candidate) => look(candidate, invocation) : null,
  })
}

const timeOf = (io: Invocation["io"]): Time => Time.parse(new Date(io.now()).toISOString())

// The store and what reads it are loaded only when somebody asks for it.
async function look(candidate: Registry, { flags, io }: Invocation): Promise<LiveLook> {
  const { openLiveStore } = await import("@counterfoil/store")
  const { lookAtLive } = await import("../../drift/live/look-at-live.ts")
  const { withDatabase } = await import("../../backup/database-of.ts")
  const engine = await installedEngine()
  const now = timeOf(io)
  return await withDatabase(flags.text("data"), io.env, async (ownerUrl) => {
    const store = await openLiveStore(ownerUrl)
    try {
      return await lookAtLive({ store, candidate, engine, derives: true, now })
    } finally {
      await store.close()
    }
  })
}

function outsOf(
  typed: readonly string[],
): readonly { readonly format: DriftFormat; readonly file: string }[] {
  return typed.map((one) => {
    const [, format = "", file = ""] = /^([^=]*)=(.+)$/.exec(one) ?? []
    if (isDriftFormat(format) && file !== "") return { format, file }
    throw new CliError(`--out takes FORMAT=FILE, such as sarif=drift.sarif, and ${one} is not.`, {
      fix: "counterfoil drift check --help",
    })
  })
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown"
    throw new CliError(`${file} cannot be written: ${code}. The report is not complete.`, {
      ends: "failed",
      code: "FILE_UNWRITABLE",
      fix: "counterfoil drift check --help",
    })
  }
}
