// `npm run check`: what a person runs while they work. Types, lint, format, words, layering, tidiness and the nearest tests.
// Owns: the stages, their output, the last line. Does not own: what each of them checks; the gate (run.ts), which runs everything.
// The programs run beside each other; the checks of the tree run in this process meanwhile.

import { parseArgs, promisify } from "node:util"
import { runCheck, printFindings, type Check } from "../architecture/check.ts"
import { layeringChecks } from "../architecture/layering.ts"
import { manifestsFollowTheTable } from "../architecture/manifests.ts"
import { readTree, rootFolder, type SourceTree } from "../architecture/source-tree.ts"
import { runProgram, type Ended } from "../gate/run-program.ts"
import { readOptions } from "../support/read-options.ts"
import { tidyChecks } from "../tidy/checks.ts"
import { wordsStayFew } from "../tidy/words.ts"
import { changedFiles } from "./changed-files.ts"
import { chooseTests } from "./choose-tests.ts"

const help = `npm run check [-- --since COMMIT]

Checks what you are working on, in under half a minute once it has run before: types, lint of the files that changed, format, words,
layering, the other tidy checks, and the tests nearest to the files that changed since this branch left the main branch.
It is a part of the gate. Run all of it with npm test before you hand a change in.

  --since COMMIT  compare with this commit instead
`

/** The programs get this long together on a busy machine; an idle one needs a tenth of it. */
const programMsMax = 300_000
/** Files whose change concerns every source. */
const concernsAll = /^(?:\.oxlintrc\.json|tsconfig\.json|pnpm-lock\.yaml)$/
/** More file names than this are too long for one command line on some systems. */
const lintedByNameMax = 200

/** The checks of this process, a stage each. */
const treeChecks: readonly (readonly [name: string, checks: readonly Check[]])[] = [
  ["words", [wordsStayFew]],
  ["layering", [...layeringChecks, manifestsFollowTheTable]],
  ["tidy", tidyChecks.filter((each) => each !== wordsStayFew)],
]
const turn = promisify(setImmediate)

const { since } = readOptions(help, () => parseArgs({ options: { since: { type: "string" } } }).values)
process.exitCode = await check()

async function check(): Promise<number> {
  const started = performance.now()
  const changed = changedFiles(rootFolder, since)
  if (changed === null) {
    process.stdout.write("check FAILED: git knows no commit to compare with. Name one with --since.\n")
    return 1
  }
  process.stdout.write(`${changed.files.length} files changed ${changed.says}\n`)
  const programs = [
    stage("format", "", () => runProgram(["oxfmt", "--check", "."], programMsMax)),
    stage("types", "", () => runProgram(["tsc", "--noEmit", "-p", "."], programMsMax)),
    lintStage(changed.files),
  ]
  const tree = readTree()
  programs.push(testStage(tree, changed.files))
  const looks = []
  for (const [name, checks] of treeChecks) {
    await turn() // what a program printed meanwhile is written now
    looks.push(await stage(name, "", () => look(tree, checks)))
  }
  const failed = [...looks, ...(await Promise.all(programs))]
    .filter(({ clean }) => !clean)
    .map(({ name }) => name)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(
    failed.length === 0
      ? `check passed in ${seconds} s. The whole gate: npm test\n`
      : `check FAILED in ${seconds} s: ${failed.join(", ")}\n`,
  )
  return failed.length === 0 ? 0 : 1
}

/** Runs one and prints how it ended, with its output when it failed. */
async function stage(
  name: string,
  says: string,
  run: () => Ended | Promise<Ended>,
): Promise<{ readonly name: string; readonly clean: boolean }> {
  const started = performance.now()
  const { clean, output } = await run()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (!clean) process.stdout.write(`${output.trimEnd()}\n`)
  process.stdout.write(
    `${clean ? "ok    " : "FAILED"}  ${name.padEnd(9)}${seconds.padStart(6)} s  ${says}`.trimEnd() + "\n",
  )
  return { name, clean }
}

function lintStage(changed: readonly string[]): ReturnType<typeof stage> {
  const files = changed.filter((path) => path.endsWith(".ts"))
  const isAll = changed.some((path) => concernsAll.test(path)) || files.length > lintedByNameMax
  if (files.length === 0 && !isAll)
    return stage("lint", "no source changed", () => ({ clean: true, output: "" }))
  return stage("lint", isAll ? "every source" : `${files.length} sources`, () =>
    // Files that are never linted, such as those of the benchmark's peers, may be all that changed.
    runProgram(
      ["oxlint", "--deny-warnings", "--no-error-on-unmatched-pattern", ...(isAll ? [] : files)],
      programMsMax,
    ),
  )
}

function testStage(tree: SourceTree, changed: readonly string[]): ReturnType<typeof stage> {
  const { files, left } = chooseTests(tree, changed)
  if (files.length === 0)
    return stage("tests", "none is near to what changed", () => ({ clean: true, output: "" }))
  const rest = left === 0 ? "" : `; ${left} more import what changed, from further away`
  return stage("tests", `${files.length} files of tests${rest}`, () =>
    runProgram(["vitest", "run", "--update=none", "--maxWorkers=2", ...files], programMsMax),
  )
}

function look(tree: SourceTree, checks: readonly Check[]): Ended {
  const findings = checks.flatMap((each) => runCheck(each, tree))
  return { clean: findings.length === 0, output: printFindings(findings) }
}
