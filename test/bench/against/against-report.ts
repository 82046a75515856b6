// What was found beside our peers, as a table for people.
// Owns: the words and columns. Does not own: any figure.

import { table, written } from "../report.ts"
import type { AgainstReport } from "./run-against.ts"
import type { Line } from "./duel.ts"
import type { Target } from "./pair-statistics.ts"

const titles = [
  "",
  "figure",
  "peer",
  "ours",
  "peer's",
  "ratio",
  "least – most",
  "target",
  "CPU ours",
  "peer's",
]

/** The report as lines of text. Processor time is in µs of one call, with the shares of the database and of the client. */
export function againstText(report: AgainstReport): string {
  const { machine, peers, lines, missing, checks, rounds, at } = report
  const { database, load } = machine
  const checked = checks.map(
    ({ executions, entriesPerExecution, chainsVerified }) =>
      `${executions} executions of ${entriesPerExecution} entries, ${chainsVerified} chains`,
  )
  return [
    `counterfoil ${machine.product} beside its peers, ${at}, ${rounds} pairs of each${rounds < 5 ? ": too few to quote" : ""}`,
    `${machine.cpus} × ${machine.model}, ${machine.memoryMb} MB, ${machine.system}, Node ${machine.node}`,
    `PostgreSQL ${database.version}, fsync ${database.fsync}, synchronous_commit ${database.synchronousCommit}, on this machine`,
    Object.entries(peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(", "),
    `load of the last minute ${load.before} before, ${load.after} after`,
    "",
    ...table([titles, ...lines.map(rowOf)], [3, 4, 5, 6, 8, 9]),
    "",
    ...missing.map(({ stage, because }) => `not measured: ${stage}: ${because}`),
    `our database checked after each round, no duplicates; last: ${checked.at(-1) ?? "never"}`,
  ].join("\n")
}

const rowOf = ({ id, figure, peer, unit, spread, cpuUs, target, verdict }: Line): readonly string[] => [
  id,
  figure,
  peer,
  `${written(spread.ours.median)} ${unit}`,
  `${written(spread.theirs.median)} ${unit}`,
  written(spread.ratio.median),
  `${written(spread.ratio.min)} – ${written(spread.ratio.max)}`,
  target === null ? "" : `${asked(target)}: ${verdict ?? ""}`,
  costOf(cpuUs.ours),
  costOf(cpuUs.theirs),
]

const asked = ({ sense, ratio }: Target): string => `${sense === "atLeast" ? "≥" : "≤"} ${ratio}`
const costOf = (us: number | null): string => (us === null ? "not read" : `${Math.round(us)} µs`)
