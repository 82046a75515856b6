// Contracts in source files of a tree: loads each file and takes the contracts that it exports.
// Owns: which files of a folder are loaded. A file that cannot be loaded is "could not check", never "clean".
// Loading a file runs it, so this is only for a tree whose author runs it anyway.

import { readFileSync, statSync } from "node:fs"
import { resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { contractIssue, DefinitionError, type Contract, type ContractIssue } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"
import { sourceFiles, writtenContracts } from "./source-files.ts"

/** A contract, and the file that exports it. */
interface FiledContract {
  readonly file: string
  readonly contract: Contract
}
/** The contracts in files, and findings for contracts that could not be defined. */
export interface ContractsInFiles {
  readonly contracts: readonly FiledContract[]
  readonly issues: readonly (ContractIssue & { readonly file: string })[]
}

/** A file with such a name is loaded from a folder if it defines anything: a function may make the names of its contracts. */
const contractFile = /-contracts?\.[mc]?[jt]s$/
const defining = /\bdefine(?:Command|Query|Intent|Event)\b/

const definesContracts = (file: string): boolean =>
  writtenContracts(file).length > 0 || (contractFile.test(file) && defining.test(readFileSync(file, "utf8")))

/** The contracts of files, or of the files in folders. Errors: a file that cannot be loaded, or that has no contract. */
export async function contractsInFiles(paths: readonly string[]): Promise<ContractsInFiles> {
  const loaded = []
  for (const file of filesOf(paths)) loaded.push(await contractsIn(file))
  return {
    contracts: loaded.flatMap(({ contracts }) => contracts),
    issues: loaded.flatMap(({ issues }) => issues),
  }
}

/** The files of all paths. Every path must give a file: a folder without one is not clean. */
function filesOf(paths: readonly string[]): readonly string[] {
  const files = paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false })
    if (found === undefined) throw unchecked(`${path} does not exist.`)
    if (!found.isDirectory()) return [path]
    const chosen = sourceFiles(path).filter(definesContracts)
    if (chosen.length === 0)
      throw unchecked(`There is no *-contract.ts and no file that defines a contract in ${path}.`)
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
