// Contracts that a tree defines and this program does not have: a lock or a document without them would pass for the whole.
// Owns: finding them, and the error that names them. Does not own: reading source files (source-files.ts).

import { existsSync } from "node:fs"
import { join, relative } from "node:path"
import type { Registry } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import { configuredContracts } from "./installed.ts"
import { sourceFiles, writtenContracts } from "./source-files.ts"

/** A contract in a source file of the tree; `file` is from the tree's folder. */
export interface UnseenContract {
  readonly name: string
  readonly file: string
}

/** The contracts of a tree that are not installed. A folder without a `package.json` is no tree of sources, and has none. */
export function unseenContracts(folder: string, registry: Registry): readonly UnseenContract[] {
  if (!existsSync(join(folder, "package.json"))) return []
  const known = new Set([
    ...registry.contracts.map(({ name }) => name),
    ...[...configuredContracts().keys()].map((ref) => ref.split("@")[0] ?? ref),
  ])
  return sourceFiles(folder).flatMap((path) =>
    writtenContracts(path)
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ name, file: relative(folder, path) })),
  )
}

/** Why a contract of the tree was not looked at. */
export const unseenSentence = ({ name, file }: UnseenContract): string =>
  `${name} in ${file} is not among the contracts of this program`

/** Throws when the tree defines a contract that is not installed: what would be written is not all that was asked for. */
export function refuseUnseen(folder: string, registry: Registry): void {
  const [first, ...more] = unseenContracts(folder, registry)
  if (first === undefined) return
  const others = more.length === 0 ? "" : `, and ${more.length} more`
  throw new CliError(`${unseenSentence(first)}${others}. Nothing was written.`, {
    ends: "failed",
    code: "CONTRACT_NOT_INSTALLED",
    fix: "add its handler to adapters/src/handlers/register-handlers.ts; docs/checklists/add-a-contract.md",
  })
}
