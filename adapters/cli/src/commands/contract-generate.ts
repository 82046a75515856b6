// `contract generate`: writes every document that is made from the contracts, or lists which would change. Offline.
// Owns: its flags and words. Does not own: the documents (describe).

import { resolve } from "node:path"
import { isSystemError, systemReason } from "@counterfoil/contracts/system-error"
import { CliError } from "../cli-error.ts"
import { staleDocuments, writeDocuments, type StaleDocument } from "../describe/document-files.ts"
import { generatedDocuments } from "../describe/generated-documents.ts"
import type { Command } from "../command.ts"
import { dataFlag, installedRegistry } from "../offline/installed.ts"
import { refuseUnseen } from "../offline/unseen-contracts.ts"

/** Their folder in this repository. */
const defaultFolder = "docs/generated"

/** The command. */
export const contractGenerate: Command = {
  examples: ["contract generate", "contract generate --check", "contract generate --out build/contracts"],
  arguments: [],
  flags: [
    { long: "out", value: "DIR", help: `the folder that holds them and nothing else (${defaultFolder})` },
    { long: "check", help: "write nothing; exit 3 when a file is stale, missing or unknown" },
    dataFlag,
  ],
  exits: [0, 1, 2, 3],
  run: async ({ flags, tree }) => {
    const folder = resolve(flags.text("out") ?? defaultFolder)
    const registry = installedRegistry(flags.text("data"))
    await refuseUnseen(process.cwd(), registry)
    const documents = await generatedDocuments(registry, tree)
    const fix = "counterfoil contract generate --out DIR"
    const before = doingFiles(folder, fix, () => staleDocuments(folder, documents))
    const check = flags.on("check")
    if (!check) doingFiles(folder, fix, () => writeDocuments(folder, documents))
    // Unknown files are left alone: the folder may be the wrong one, so a person has to decide.
    const left = check ? before : before.filter(({ is }) => is === "unknown")
    const items = before.map((stale) => ({ ...stale }))
    return {
      exit: left.length === 0 ? 0 : 3,
      shown: {
        document: { folder, documents: documents.length, written: !check, items },
        items,
        text: () => [...before.map(staleLine), summary(documents.length, before, check)].join("\n"),
      },
    }
  },
}

const staleLine = ({ path, is }: StaleDocument): string => `${is.padEnd(7)}  ${path}`

function summary(count: number, before: readonly StaleDocument[], check: boolean): string {
  const changed =
    before.length === 0 ? "all fresh" : `${before.length} ${check ? "not fresh" : "were not fresh"}`
  return `${count} documents, ${changed}`
}

/** Runs `act`. What the disk refuses ends the command as failed, never as stale or clean; `where` names the place and `fix` a command. */
function doingFiles<T>(where: string, fix: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new CliError(`${where} cannot be read or written: ${systemReason(cause)}.`, {
      ends: "failed",
      code: "FILE_UNREADABLE",
      fix,
    })
  }
}
