// `npm run test:file PATH`: the tests of one file, or of several.
// Owns: what a path means. Does not own: which tests are near to a source (choose-tests.ts).

import { existsSync } from "node:fs"
import { parseArgs } from "node:util"
import { posix, relative, resolve, sep } from "node:path"
import { readTree, rootFolder } from "../architecture/source-tree.ts"
import { readOptions, WrongOption } from "../support/read-options.ts"
import { chooseTests } from "./choose-tests.ts"
import { runTests } from "./run-tests.ts"

/** The test beside a source, and what else imports it first. */
const nearOfOneMax = 3

const help = `npm run test:file PATH...

Runs the tests of the files named: a file of tests itself, the ${nearOfOneMax} tests nearest to a source, or every test of a folder.

  npm run test:file planner/src/compile-plan.test.ts
  npm run test:file planner/src/compile-plan.ts
  npm run test:file planner/src
`

const paths = readOptions(help, () => {
  // npm starts this in the root and names the folder that the caller is in.
  const from = process.env["INIT_CWD"] ?? process.cwd()
  const { positionals } = parseArgs({ allowPositionals: true })
  if (positionals.length === 0) throw new WrongOption("Name a file or a folder.")
  return positionals.map((typed) => pathOf(resolve(from, typed), typed))
})

const tests = testsOf(paths)
if (tests.length === 0) process.stderr.write(`no test is near to ${paths.join(", ")}\n`)
process.exitCode = tests.length === 0 ? 1 : await runTests(tests)

function pathOf(absolute: string, typed: string): string {
  const path = relative(rootFolder, absolute).split(sep).join(posix.sep)
  if (!existsSync(absolute) || path.startsWith("..")) throw new WrongOption(`There is no ${typed} here.`)
  return path
}

function testsOf(named: readonly string[]): readonly string[] {
  const isFile = (path: string): boolean => /\.\w+$/.test(path)
  const isTest = (path: string): boolean => path.endsWith(".test.ts")
  const others = named.filter((path) => isFile(path) && !isTest(path))
  const near = others.length === 0 ? [] : chooseTests(readTree(), others, nearOfOneMax).files
  // A folder ends in a slash, so that vitest, which looks for a part of a path, does not take a longer name for it.
  return [
    ...named.filter(isTest),
    ...named.filter((path) => !isFile(path)).map((path) => `${path}/`),
    ...near,
  ]
}
