// The matrix as a page: what was killed where, how often, and what became of it.
// Owns: the words and tables of docs/CRASH-MATRIX.md. Does not own: the runs, the judgement.

import { release, type as system } from "node:os"
import { cellClasses, crashPoints, type CellClass, type CrashPoint, type Expected } from "./cells.ts"
import type { FaultReport } from "../faults/fault.ts"
import type { Judged } from "./judge.ts"
import type { Mode } from "./modes.ts"

/** Everything that a full run has found. */
export interface MatrixResult {
  readonly at: Date
  readonly seconds: number
  readonly runs: number
  readonly kills: number
  readonly judged: readonly (Judged & { readonly mode: Mode })[]
  readonly faults: readonly FaultReport[]
}

/** The page. */
export function matrixPage(result: MatrixResult): string {
  const { judged, faults } = result
  const bad = judged.filter((one) => one.faults.length > 0)
  const verdict = `${judged.length - bad.length} of ${judged.length} cells as the table says`
  return `${[
    "# Crash matrix",
    "",
    "This page shows the outcome of a step when its process is killed at every named point of the step's life, for every effect",
    "class, and the outcome of work when the database, the bus, the network or a clock fails under load. A ledger of an outside",
    "service judges: it shares no code with the control plane, and outlives it.",
    "",
    "`npm run crash-matrix` writes this page; do not edit it.",
    "",
    `- ${result.at.toISOString().slice(0, 10)}, Node ${process.versions.node}, PostgreSQL 18, ${system()} ${release()}, ${Math.round(result.seconds)} s`,
    `- ${verdict}; ${result.runs} runs a cell in each mode; ${result.kills} kills by SIGKILL`,
    `- lost intents: ${countOf(judged, "lost")}; keys with two executions: ${countOf(judged, "more than one execution for a key")}`,
    "",
    "## SIGKILL at every point",
    "",
    "A cell reads: how often it ended so, of how often it was tried, over both modes and with and without a hold. `1` and `0` are",
    "effects in the ledger. *in doubt* waits for a person, and the trace shows what was sent. A dash: the class does not have the point.",
    "",
    ...matrixTable(judged),
    "",
    "`brief` is `keyed` with a window that has passed. `pure` and `read` steps leave no effect outside: their effect is the answer.",
    "Modes: one process with its own PostgreSQL; an api and a worker, killed together, on a PostgreSQL that lives on.",
    "",
    "## Under load",
    "",
    ...faultTable(faults),
    "",
    "## What is not shown here",
    "",
    "- K06 and K07 exist with a hold alone: without one the verdict and the start are one commit, which is K08's.",
    "- K03: the plan is in the first append, so there is no acknowledged intent without a plan.",
    "- The relay: the tests of the bus kill it between a publish and the move of its cursor.",
    "- What JetStream acknowledged and lost with its disk is submitted again by its sender: received is not accepted.",
    "- Leases are 5 s instead of 30 s; deadlines of attempts, the skew and the grace are waited for as they are.",
    "- A machine that loses power is not tried: `fsync` and `synchronous_commit` are checked at start instead.",
    "- Every cell is brought to its point, and one SIGKILL ends all cells at their points; a run has its own kills.",
    ...(bad.length === 0
      ? []
      : [
          "",
          "## Failed",
          "",
          ...bad.map(({ name, mode, saw, faults: why }) => `- ${mode} ${name}: ${why.join("; ")} (${saw})`),
        ]),
  ].join("\n")}\n`
}

const countOf = (judged: readonly Judged[], fault: string): number =>
  judged.filter(({ faults }) => faults.includes(fault)).length

function matrixTable(judged: MatrixResult["judged"]): readonly string[] {
  const points = Object.entries(crashPoints)
  const head = ["point", "the process dies when", ...cellClasses]
  return [
    line(head),
    line(head.map(() => "---")),
    ...points.map(([point, meaning]) =>
      line([
        point.toUpperCase().replace("U", "K16 undo "),
        meaning,
        ...cellClasses.map((name) =>
          cellText(judged.filter(({ cell }) => cell.point === (point as CrashPoint) && cell.class === name)),
        ),
      ]),
    ),
  ]
}

function cellText(judged: readonly Judged[]): string {
  const [first] = judged
  if (first === undefined) return "—"
  const good = judged.filter(({ faults }) => faults.length === 0).length
  return `${expectedText(first.cell.expected, first.cell.class)} ${good}/${judged.length}`
}

function expectedText({ step, effects, probes, callsMax }: Expected, name: CellClass): string {
  if (step === "inDoubt") return `in doubt, ${effects}`
  const leavesNothing = name === "pure" || name === "read"
  const how = probes === "some" ? " probed" : callsMax > 1 ? " ran again" : ""
  return `${leavesNothing ? "answered" : effects}${how}`
}

function faultTable(faults: readonly FaultReport[]): readonly string[] {
  const head = ["fault", "times", "judged", "found"]
  return [
    line(head),
    line(head.map(() => "---")),
    ...faults.map(({ name, times, judged, faults: found }) =>
      line([name, String(times), judged, faultsText(found)]),
    ),
  ]
}

const faultsShown = 5

/** The first faults and the number of the others; a text when there are none. */
export function faultsText(faults: readonly string[]): string {
  if (faults.length === 0) return "as it must be"
  const more = faults.length - faultsShown
  return [...faults.slice(0, faultsShown), ...(more > 0 ? [`and ${more} more`] : [])].join("; ")
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`
