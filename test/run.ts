// The whole gate, as `npm test` and CI run it: types, lint, format, unused code, drift, then every test.
// Owns: the stages, their order and limits, and the last line. Does not own: what each tool checks.
// Exits 0 only when every stage ran and passed. `--only <stage>` runs one of them.

import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { readTree, rootFolder } from "./architecture/source-tree.ts"
import { driftBaseline } from "./gate/drift-baseline.ts"
import { failedTests } from "./gate/failed-tests.ts"
import { findNatsServer } from "./gate/nats-server.ts"
import { pgBouncerNotTested } from "./gate/pgbouncer.ts"
import { runProgram } from "./gate/run-program.ts"
import { addTallies, emptyTally, tallyLine, tallyStage, tallyTests, type Tally } from "./gate/tally.ts"
import { readOptions, WrongOption } from "./support/read-options.ts"
import { sizeReport } from "./tidy/size-report.ts"

interface Stage {
  readonly name: string
  readonly command: readonly [program: string, ...args: string[]]
  /** Where a test stage leaves its report; a stage without one counts as one. */
  readonly report?: string
  /** What a reader of the output has to know beside how it ended. */
  readonly says?: string
}

const nodeMajor = "26"
/** The gate takes under ten minutes on two idle cores; a busy machine gets the double before it is ended. */
const gateMinutesMax = 20
const cacheFolder = join(rootFolder, ".cache")

const stages: readonly Stage[] = [
  { name: "types", command: ["tsc", "--noEmit", "-p", "."] },
  { name: "lint", command: ["oxlint", "--deny-warnings"] },
  { name: "format", command: ["oxfmt", "--check", "."] },
  { name: "unused", command: ["knip", "--no-progress"] },
  driftStage(),
  testStage("unit"),
  testStage("whole"),
]

const help = `npm test -- [--only STAGE]

Runs everything that must hold, in stages: ${stages.map(({ name }) => name).join(", ")}.

  --only STAGE  one stage alone
`

process.exitCode = await runGate()

function stageAsked(): string | undefined {
  const { only } = parseArgs({ options: { only: { type: "string" } } }).values
  if (only !== undefined && !stages.some(({ name }) => name === only))
    throw new WrongOption(`--only takes the name of a stage, not "${only}".`)
  return only
}

async function runGate(): Promise<number> {
  const only = readOptions(help, stageAsked)
  const chosen = stages.filter(({ name }) => only === undefined || name === only)
  if (process.versions.node.split(".")[0] !== nodeMajor) {
    return finish(tallyStage(false), `this is Node ${process.versions.node}, not ${nodeMajor}: use npm test`)
  }
  const nats = chosen.some(({ name }) => name === "whole") ? findNatsServer(process.env) : null
  if (nats?.kind === "missing") return finish(tallyStage(false), nats.says)
  const deadline = performance.now() + gateMinutesMax * 60_000
  let total = emptyTally
  for (const stage of chosen) total = addTallies(total, await runStage(stage, deadline))
  const sizes = only === undefined ? sizeReport(readTree()) : []
  const failures = chosen.flatMap(({ report }) =>
    report === undefined ? [] : failedTests(readReport(report)),
  )
  const pgBouncer = chosen.some(({ name }) => name === "unit") ? pgBouncerNotTested() : null
  const skipped = [nats?.kind === "skipped" ? nats.says : null, pgBouncer].filter((says) => says !== null)
  return finish(total, [...sizes, ...failures, ...skipped].join("\n"))
}

async function runStage(stage: Stage, deadline: number): Promise<Tally> {
  if (stage.report !== undefined) {
    mkdirSync(cacheFolder, { recursive: true })
    rmSync(stage.report, { force: true })
  }
  const started = performance.now()
  const { clean, output } = await runProgram(stage.command, Math.max(1, Math.ceil(deadline - started)))
  const tally = stage.report === undefined ? tallyStage(clean) : tallyTests(readReport(stage.report), clean)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (tally.failed > 0) console.log(output.trimEnd())
  const counts = stage.report === undefined ? "" : `  ${tallyLine(tally)} with the stage itself`
  const said = stage.says === undefined ? "" : `  ${stage.says}`
  console.log(
    `${tally.failed === 0 ? "ok    " : "FAILED"}  ${stage.name.padEnd(8)}${seconds.padStart(6)} s${counts}${said}`,
  )
  return tally
}

// This tree's contracts against the committed lock, which has to be theirs, and against the lock that this branch began with:
// what was changed without a version, a new major or an acknowledgement fails here, with whom it breaks.
function driftStage(): Stage {
  const { against, says } = driftBaseline(rootFolder)
  return {
    name: "drift",
    says,
    command: ["node", "adapters/cli/src/main.ts", "drift", "check", "--against", against],
  }
}

function testStage(project: string): Stage {
  const report = join(cacheFolder, `${project}-tests.json`)
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
  return {
    name: project,
    report,
    command: ["vitest", "run", "--project", project, "--update=none", ...reporters],
  }
}

function readReport(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"))
  } catch {
    return undefined // no report, or a torn one: the tally counts the stage as failed
  }
}

function finish(tally: Tally, note: string): number {
  if (note !== "") console.log(note)
  console.log(tallyLine(tally))
  return tally.failed === 0 && tally.passed > 0 ? 0 : 1
}
