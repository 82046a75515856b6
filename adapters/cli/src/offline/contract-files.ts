// Contracts in source files of a tree: loading each file and taking the contracts that it exports.
// Owns: which files of a folder are looked at, and that what cannot be loaded is "could not check", never "clean".
// A file is run when it is loaded: this is for a tree that its author runs anyway.

import { readFileSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { contractIssue, DefinitionError, type Contract, type ContractIssue } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import { sourceFiles, writtenContracts } from "./source-files.ts"

/** A contract, and the file that exports it. */
export interface FiledContract {
  readonly file: string
  readonly contract: Contract
}
/** What files hold: contracts, and findings where one could not be defined. */
export interface ContractsInFiles {
  readonly contracts: readonly FiledContract[]
  readonly issues: readonly (ContractIssue & { readonly file: string })[]
}

/** A file with such a name is looked at in a folder where it defines anything: its contracts may have names that a function makes. */
const contractFile = /-contracts?\.[mc]?[jt]s$/
const defining = /\bdefine(?:Command|Query|Intent|Event)\b/

const definesContracts = (file: string): boolean =>
  writtenContracts(file).length > 0 || (contractFile.test(file) && defining.test(readFileSync(file, "utf8")))

/** The contracts of files, or of files in folders. Errors: a file that cannot be loaded, or that has no contract. */
export async function contractsInFiles(paths: readonly string[]): Promise<ContractsInFiles> {
  const loaded = []
  for (const file of filesOf(paths)) loaded.push(await contractsIn(file))
  return {
    contracts: loaded.flatMap(({ contracts }) => contracts),
    issues: loaded.flatMap(({ issues }) => issues),
  }
}

/** Every path has to give a file: a folder in which nothing was looked at is not clean. */
function filesOf(paths: readonly string[]): readonly string[] {
  const files = paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) throw unchecked(`${path} is not there.`)
    if (!found.isDirectory()) return [path]
    const chosen = sourceFiles(path).filter(definesContracts)
    if (chosen.length === 0)
      throw unchecked(`There is no *-contract.ts in ${path}, nor a file that defines a contract.`)
    return chosen
  })
  return [...new Set(files)].toSorted()
}

async function contractsIn(file: string): Promise<ContractsInFiles> {
  try {
    const exported: unknown = await import(pathToFileURL(resolve(file)).href)
    const contracts = Object.values(exported ?? {}).filter(isContract)
    if (contracts.length === 0) throw unchecked(`${file} exports no contract.`)
    const unseen = writtenContracts(file).find(
      ({ name, hidden }) => hidden !== null && !contracts.some((contract) => contract.name === name),
    )
    if (unseen !== undefined) throw unchecked(`${file} defines ${unseen.name} and does not export it.`)
    return { contracts: contracts.map((contract) => ({ file, contract })), issues: [] }
  } catch (error) {
    if (error instanceof CliError) throw error
    if (!(error instanceof DefinitionError))
      throw unchecked(`${file} cannot be loaded: ${error instanceof Error ? error.message : "it threw"}`)
    const { contract, problems } = error
    const issues = problems.map((found) => contractIssue("not-defined", { contract, at: "", found }))
    return { contracts: [], issues: issues.map((issue) => ({ ...issue, file })) }
  }
}

function isContract(value: unknown): value is Contract {
  return (
    typeof value === "object" && value !== null && "ref" in value && "document" in value && "kind" in value
  )
}

const unchecked = (sentence: string): CliError =>
  new CliError(`Not checked: ${sentence}`, {
    ends: "failed",
    code: "FILE_UNREADABLE",
    fix: "counterfoil contract lint --help",
  })
