// `drift check`: checks the contracts of this tree against a baseline. Offline, except for the URL of a server and for --live.
// Owns: its flags, its formats, its exit code. Does not own: the check (drift/).

import { writeFileSync } from "node:fs"
import { driftFormats, isDriftFormat, lastLine, type DriftFormat } from "../drift/print-drift.ts"
import { FailOn } from "../drift/report.ts"
import { systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"
import type { Command } from "../command.ts"
import { documentOf } from "@counterfoil/contracts"
import { programVersion } from "../program-version.ts"
import { checkedDrift, driftFlags } from "../offline/checked-drift.ts"

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
      help: "the lowest class that ends with exit 3 (risky)",
    },
    ...driftFlags,
  ],
  exits: [0, 1, 2, 3],
  run: async (invocation) => {
    const { flags } = invocation
    const outs = outsOf(flags.texts("out"))
    const version = programVersion()
    const report = await checkedDrift(invocation)
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
    throw new CliError(`${file} cannot be written: ${systemReason(cause)}. The report is not complete.`, {
      ends: "failed",
      code: "FILE_UNWRITABLE",
      fix: "counterfoil drift check --help",
    })
  }
}
