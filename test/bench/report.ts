// The figures for people, as one table; for tools they are the same object as JSON.
// Owns: the words and columns. Does not own: any figure.

import type { DatabaseCheck } from "./check-database.ts"
import type { Machine } from "./machine.ts"
import type { Figure } from "./measure.ts"

/** Everything that one run found. */
export interface BenchReport {
  readonly format: "counterfoil.bench/1"
  readonly at: string
  readonly quick: boolean
  readonly machine: Machine
  readonly figures: readonly Figure[]
  /** What the database held after each round, checked whole. */
  readonly checks: readonly DatabaseCheck[]
}

/** The report as lines of text. */
export function reportText({ machine, figures, checks, quick, at }: BenchReport): string {
  const rows = figures.map(({ figure, unit, median, min, max }) => [
    figure,
    written(median),
    `${written(min)} – ${written(max)}`,
    unit,
  ])
  const [last] = checks.slice(-1)
  const { database, load } = machine
  return [
    `counterfoil ${machine.product}, ${at}${quick ? ", QUICK: too short to quote" : ""}`,
    `${machine.cpus} × ${machine.model}, ${machine.memoryMb} MB, ${machine.system}, Node ${machine.node}`,
    `PostgreSQL ${database.version}, fsync ${database.fsync}, synchronous_commit ${database.synchronousCommit}, on this machine`,
    `load of the last minute ${load.before} before, ${load.after} after: figures of a busy machine are lower bounds`,
    "",
    ...table([["figure", "median", "least – most", "unit"], ...rows], [1, 2]),
    "",
    `database checked after each of ${checks.length} rounds: ${last?.executions ?? 0} executions with ${last?.entriesPerExecution ?? 0} entries each, ` +
      `${last?.chainsVerified ?? 0} chains verified, ${last?.duplicates ?? 0} duplicates`,
    "not measured here: peers and NATS (npm run bench:peers), several workers (npm run soak)",
  ].join("\n")
}

/** Rows of equal width, the first their titles; figures, by the columns in `right`, end below one another. */
export function table(rows: readonly (readonly string[])[], right: readonly number[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  )
}

/** A figure with three digits or more. */
export function written(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US")
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(3)
}
