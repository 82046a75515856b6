// What became of a cell, by the ledger and by the trace, beside what must have become of it.
// Owns: the comparison. Does not own: the ledger's lines, the expectation (cells.ts).
// The ledger is the judge of effects; the trace must say the same, and its chain must verify (INV-07).

import { call, must } from "@counterfoil/cli"
import { readExecution } from "../../support/asking.ts"
import type { Line } from "../../support/ledger.ts"
import { isUndo } from "./cells.ts"
import type { Ended, EndedRun } from "./run-cells.ts"

/** A cell after its run; no faults when everything is as it must be. */
export interface Judged {
  readonly name: string
  readonly cell: Ended["cell"]
  readonly saw: string
  readonly faults: readonly string[]
}

/** Judges every cell of a run. */
export async function judgeRun(run: EndedRun, lines: readonly Line[]): Promise<readonly Judged[]> {
  const byLabel = Map.groupBy(lines, ({ label }) => label)
  const judged: Judged[] = []
  for (const ended of run.ended) judged.push(await judge(run, ended, byLabel.get(ended.name) ?? []))
  return judged
}

async function judge(
  { plane, people }: EndedRun,
  { cell, name, executionId, oneExecution }: Ended,
  lines: readonly Line[],
): Promise<Judged> {
  if (executionId === "") return { name, cell, saw: "no execution", faults: ["lost"] }
  const view = await readExecution(plane.url, people.ana, executionId)
  const trace = await must(
    call<{ readonly chainOk: boolean }>(
      plane.url,
      people.ana,
      "GET",
      `/executions/${executionId}/trace?limit=1000`,
    ),
  )
  const role = isUndo(cell.point) ? "undo" : "do"
  const step = view.steps?.find((one) => one.key === "act" && one.role === role)
  const count = (what: Line["what"]): number =>
    lines.filter((line) => line.what === what && line.contract === cell.class).length
  const [calls, probes] = [count("call"), count("probe")]
  // Computing and reading leave nothing behind: their one effect is the answer.
  const answers = cell.class === "pure" || cell.class === "read"
  const effects = answers ? (step?.status === "completed" && calls > 0 ? 1 : 0) : count("effect")
  const { expected } = cell
  const closed = isUndo(cell.point) ? "cancelled" : "completed"
  const checks: readonly (readonly [string, boolean])[] = [
    ["more than one execution for a key", oneExecution],
    [`the step is ${step?.status ?? "not there"}`, step?.status === expected.step],
    [`the execution is ${view.status}`, view.status === (expected.step === "completed" ? closed : "inDoubt")],
    [`${effects} effects`, effects === expected.effects],
    [`${calls} calls`, calls <= expected.callsMax],
    [`${probes} probes`, probes > 0 === (expected.probes === "some")],
    ["the chain does not verify", trace.chainOk],
    [
      "the forward step did not act once",
      role === "do" || lines.filter(({ contract }) => contract === "forward").length === 1,
    ],
  ]
  return {
    name,
    cell,
    saw: `${step?.status ?? "nothing"}, effects ${effects}, calls ${calls}, probes ${probes}`,
    faults: checks.flatMap(([fault, holds]) => (holds ? [] : [fault])),
  }
}
