// `npm run crash-matrix`: every point, every class, both modes, several runs; then the faults under load; then the page.
// Owns: the order, the options, progress and the exit code. Does not own: a run (run-cells.ts), a fault (../faults/).
// Options: --runs N (5), --only TEXT (cells whose name holds it, no faults, no page), --quick (one run, few faults, no page), --faults (no cells, no page).

import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { countOf, readOptions } from "../../support/read-options.ts"
import { openLedger } from "../../support/ledger.ts"
import { allFaults } from "../faults/all-faults.ts"
import type { FaultReport } from "../faults/fault.ts"
import { allCells, cellName } from "./cells.ts"
import { judgeRun, type Judged } from "./judge.ts"
import { modes, openPlace, type Mode } from "./modes.ts"
import { faultsText, matrixPage } from "./report.ts"
import { runCells } from "./run-cells.ts"

const page = fileURLToPath(new URL("../../../docs/CRASH-MATRIX.md", import.meta.url))
const killsOfRun: Readonly<Record<Mode, number>> = { embedded: 2, production: 4 }

const help = `npm run crash-matrix -- [options]

Kills processes between any two writes, for each effect class, on both databases, then the servers they use,
and writes docs/CRASH-MATRIX.md. It takes about 20 minutes.

  --runs COUNT  how often each cell is played (5)
  --only TEXT   the cells alone whose names contain this; writes no page
  --faults      the faults of the servers alone
  --quick       each cell once, and fewer faults; writes no page
`
const options = {
  runs: { type: "string", default: "5" },
  only: { type: "string" },
  quick: { type: "boolean", default: false },
  faults: { type: "boolean", default: false },
} as const

const values = readOptions(help, () => {
  const typed = parseArgs({ options }).values
  return { ...typed, runs: countOf("--runs", typed.runs) }
})
const runsAsked = values.faults ? 0 : values.quick ? 1 : values.runs
process.exitCode = await main(runsAsked, values.only ?? null, values.quick)

async function main(runs: number, only: string | null, quick: boolean): Promise<number> {
  const begunMs = performance.now()
  const judged: (Judged & { readonly mode: Mode })[] = []
  for (const mode of modes) judged.push(...(await runMode(mode, runs, only)))
  const faults: FaultReport[] = []
  for (const fault of only === null ? allFaults : []) {
    const report = await fault(quick).catch(notRun)
    faults.push(report)
    say(`${report.name}, ${report.times} times: ${faultsText(report.faults)}`)
  }
  const bad = judged.filter((one) => one.faults.length > 0)
  const failed = bad.length + faults.filter((one) => one.faults.length > 0).length
  const seconds = (performance.now() - begunMs) / 1000
  if (only === null && !quick && runs > 0) {
    const kills = modes.reduce((sum, mode) => sum + killsOfRun[mode] * runs, 0)
    writeFileSync(page, matrixPage({ at: new Date(), seconds, runs, kills, judged, faults }))
    say(`written: ${page}`)
  }
  say(
    `${judged.length - bad.length} of ${judged.length} cells and ${faults.length} faults in ${seconds.toFixed(0)} s: ${failed === 0 ? "all as they must be" : `${failed} are not`}`,
  )
  return failed === 0 && judged.length + faults.length > 0 ? 0 : 1
}

/** A fault that could not be injected, or whose load did not end, is a fault of the test. */
function notRun(error: unknown): FaultReport {
  const faults = [String(error)]
  return { name: "a fault that did not get to its end", times: 0, judged: "nothing", faults }
}

/** Several runs in one place, one after the other: each kills what it started. */
async function runMode(
  mode: Mode,
  runs: number,
  only: string | null,
): Promise<readonly (Judged & { readonly mode: Mode })[]> {
  const place = await openPlace(mode)
  const found: (Judged & { readonly mode: Mode })[] = []
  try {
    let people: Parameters<typeof runCells>[0]["people"] = null
    for (let run = 1; run <= runs; run += 1) {
      const name = `r${run}`
      const cells = allCells.filter((cell) => only === null || cellName(name, cell).includes(only))
      const begunMs = performance.now()
      const ended = await runCells({ name, cells, people, settings: place.settings })
      people = ended.people
      const judged = await judgeRun(ended, openLedger(place.settings.ledger).lines())
      await ended.plane.stop()
      found.push(...judged.map((one) => ({ ...one, mode })))
      const bad = judged.filter(({ faults }) => faults.length > 0)
      say(
        `${mode} run ${run} of ${runs}: ${judged.length - bad.length} of ${judged.length} cells, ${((performance.now() - begunMs) / 1000).toFixed(0)} s`,
      )
      for (const { name: cell, saw, faults } of bad) say(`  ${cell}: ${faults.join("; ")} (${saw})`)
    }
  } finally {
    await place.close()
  }
  return found
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
