// The source files of a tree, and the contracts that each one visibly defines in its text.
// Owns: which files are read, and finding definitions in their text; nothing is run. Does not own: loading a file (contract-files.ts).

import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

const sourceFile = /(?<!\.d)\.[mc]?[jt]s$/
/** Test files, which define contracts of their own. */
const testFile = /\.(?:test|test-kit|spec)\.[mc]?[jt]s$/
const foreign = new Set(["node_modules", "test", "tests", "dist", "build", "coverage"])

/** Every source file below a folder, sorted, without tests, installed packages and hidden folders. */
export function sourceFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory())
        return entry.name.startsWith(".") || foreign.has(entry.name) ? [] : sourceFiles(path)
      return sourceFile.test(entry.name) && !testFile.test(entry.name) ? [path] : []
    })
    .toSorted()
}

/** A contract that a file defines: its literal name, and the variable that has it when that is not exported. */
interface WrittenContract {
  readonly name: string
  readonly hidden: string | null
}

const definition =
  /(?:^(export )?const ([\w$]+)(?::[^=\n]+)? = )?\bdefine(?:Command|Query|Intent|Event)(?:<[^;{}]*>)?\(\s*\{\s*(?:[\w$]+: [^\n]*\n\s*)*?name: ?["']([\w.]+)["']/gm

/** The contracts whose name is a literal in a file. Errors: what the disk throws. */
export function writtenContracts(file: string): readonly WrittenContract[] {
  const text = readFileSync(file, "utf8")
  return [...text.matchAll(definition)].map(([, exported, variable, name = ""]) => ({
    name,
    hidden: variable === undefined || exported !== undefined || isListed(variable, text) ? null : variable,
  }))
}

const isListed = (variable: string, text: string): boolean =>
  [...text.matchAll(/export (?:default |\{([^}]*)\})/g)].some(([whole, names]) =>
    names === undefined ? text.includes(`${whole}${variable}`) : names.split(/[\s,]+/).includes(variable),
  )
