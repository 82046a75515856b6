// `replay`: decides again from the trace alone and compares. Offline; an execution given by id is exported first.
// Owns: where the bundle comes from, and the exit codes 0 identical, 1 could not check, 3 diverged. Does not own: the derivation.
// Keeps INV-08: replay cannot act; it loads the handlers' contracts and calls none of their code.

import { existsSync } from "node:fs"
import { evidenceExport, executionList, documentOf } from "@counterfoil/contracts"
import { explainReport, readBundle, rederive, type Bundle } from "@counterfoil/replay"
import { CliError } from "../cli-error.ts"
import type { Command, Invocation } from "../command.ts"
import { endpointOf } from "../net/endpoint.ts"
import { readAnswer } from "../net/read-answer.ts"
import { resolveId } from "../net/resolve-id.ts"
import { dataFlag, installedEngine, installedRegistry } from "../offline/installed.ts"
import { readBundleFile } from "../offline/read-bundle-file.ts"

const exits = { identical: 0, unverifiable: 1, divergent: 3 } as const

/** The command. */
export const replay: Command = {
  examples: [
    "replay exe_4k9d",
    "replay exe_4k9d.bundle",
    "replay --last",
    "replay exe_4k9d.bundle --engine current --json",
  ],
  exits: [0, 1, 2, 3, 4],
  arguments: [
    {
      name: "execution|bundle",
      optional: true,
      help: "an id or a unique prefix, which is exported first; or a file",
    },
  ],
  flags: [
    { long: "last", help: "the newest execution" },
    {
      long: "engine",
      value: "WHICH",
      choices: ["recorded", "current"],
      help: "recorded: only the engine that decided may decide again",
    },
    dataFlag,
  ],
  run: async (invocation) => {
    const { args, flags } = invocation
    const [named] = args
    const bundle = bundleOf(await bytesOf(invocation))
    const report = rederive(bundle, {
      installed: installedRegistry(flags.text("data")),
      engine: await installedEngine(),
      mode: flags.text("engine") === "current" ? "current" : "recorded",
    })
    if (!report.ok) {
      throw new CliError(
        `The trace of ${bundle.header.executionId} does not verify, so nothing was derived.`,
        {
          code: "TRACE_CORRUPT",
          ends: "no",
          see: "docs/errors/TRACE_CORRUPT.md",
          fix: "counterfoil bundle verify FILE",
          lines: [JSON.stringify(report.error)],
        },
      )
    }
    return {
      exit: exits[report.value.result],
      shown: { document: documentOf(report.value), text: () => explainReport(report.value) },
      hints:
        named !== undefined && isFile(named)
          ? ["reviews and signatures were not checked: counterfoil bundle verify FILE --keys KEYS"]
          : [],
    }
  },
}

async function bytesOf({ args, flags, io, client }: Invocation): Promise<Uint8Array> {
  const [named] = args
  if ((named === undefined) !== flags.on("last"))
    throw new CliError("Either an execution, a bundle or --last is needed.", {
      fix: "counterfoil replay --last",
    })
  if (named !== undefined && isFile(named)) return readBundleFile(io, named)
  const executionId = named === undefined ? await newest(client()) : await resolveId("id", named, client)
  const { body } = await client().call(endpointOf(evidenceExport), { executionId, payloads: "all" })
  return new TextEncoder().encode(readAnswer(evidenceExport.output, body, evidenceExport.ref).bundle)
}

const isFile = (named: string): boolean => !/^exe_[^.]*$/.test(named) || existsSync(named)

async function newest(client: ReturnType<Invocation["client"]>): Promise<string> {
  const { body } = await client.call(endpointOf(executionList), { limit: 1 })
  const [first] = readAnswer(executionList.output, body, executionList.ref).items
  if (first === undefined)
    throw new CliError("There is no execution yet.", {
      code: "NOT_FOUND",
      ends: "failed",
      fix: "counterfoil submit --help",
    })
  return first.executionId
}

function bundleOf(bytes: Uint8Array): Bundle {
  const read = readBundle(bytes)
  if (read.ok) return read.value
  const { check, line, because } = read.error
  throw new CliError(`This is not an unaltered bundle: line ${line}, ${because}.`, {
    code: `BUNDLE_${check}`,
    ends: check === "BLOB" ? "no" : "failed",
    fix: "counterfoil bundle verify FILE",
  })
}
