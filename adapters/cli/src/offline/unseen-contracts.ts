// Contracts that a tree defines and this program does not have: a lock or document without them would look complete.
// Owns: finding and reporting them. Does not own: reading source files (source-files.ts).
// A contract that a lock has is left out: it was removed, which has a finding of its own (C001).

import { existsSync, readFileSync } from "node:fs"
import { join, relative } from "node:path"
import type { Registry } from "@counterfoil/contracts"
import { lockFile } from "@counterfoil/contracts/drift"
import { git } from "../drift/git.ts"
import { CliError } from "../cli-error.ts"
import { configuredContracts } from "./installed.ts"
import { sourceFiles, writtenContracts } from "./source-files.ts"

/** A contract in a source file of the tree; `file` is from the tree's folder. */
interface UnseenContract {
  readonly name: string
  readonly file: string
}

/**
 * The contracts of a tree that are not installed and in no lock of it: neither in the file nor in the last commit. A folder
 * without a `package.json` is not searched.
 */
export async function unseenContracts(
  folder: string,
  registry: Registry,
): Promise<readonly UnseenContract[]> {
  if (!existsSync(join(folder, "package.json"))) return []
  const known = new Set([
    ...registry.contracts.map(({ name }) => name),
    ...[...configuredContracts().keys()].map((ref) => ref.split("@")[0] ?? ref),
    ...lockedNames(await lockTexts(folder)),
  ])
  return sourceFiles(folder).flatMap((path) =>
    writtenContracts(path)
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => ({ name, file: relative(folder, path) })),
  )
}

async function lockTexts(folder: string): Promise<readonly string[]> {
  const file = join(folder, lockFile)
  const committed = await git(folder, ["cat-file", "blob", `HEAD:./${lockFile}`])
  return [
    ...(existsSync(file) ? [readFileSync(file, "utf8")] : []),
    ...(committed.ok ? [new TextDecoder().decode(committed.value)] : []),
  ]
}

const lockedNames = (texts: readonly string[]): readonly string[] =>
  texts.flatMap((text) => [...text.matchAll(/^ {4}"([\w.]+)@\d+": /gm)].map(([, name = ""]) => name))

/** Throws when the tree defines a contract that is not installed: the output or comparison would be incomplete. */
export async function refuseUnseen(folder: string, registry: Registry): Promise<void> {
  const [first, ...more] = await unseenContracts(folder, registry)
  if (first === undefined) return
  const others = more.length === 0 ? "" : `, and ${more.length} more`
  throw new CliError(
    `${first.name} in ${first.file} is not among the contracts of this program${others}. Nothing was written or compared.`,
    {
      ends: "failed",
      code: "CONTRACT_NOT_INSTALLED",
      fix: "add its handler to adapters/handlers/src/register-handlers.ts; docs/checklists/add-a-contract.md",
    },
  )
}
