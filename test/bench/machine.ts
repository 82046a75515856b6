// The machine under the figures: ratios of one run can be compared, digits only on the same machine.
// Owns: what is said of it. Does not own: any measurement.

import { availableParallelism, cpus, loadavg, platform, release, totalmem } from "node:os"

/** What a reader needs to judge the figures. `load` is the average of the last minute, before and after the run. */
export interface Machine {
  readonly cpus: number
  readonly model: string
  readonly memoryMb: number
  readonly system: string
  readonly node: string
  readonly product: string
  readonly database: DatabaseFacts
  readonly load: { readonly before: number; readonly after: number }
}

/** What the database says of itself: an answer is durable only with the last two on. */
export interface DatabaseFacts {
  readonly version: string
  readonly fsync: string
  readonly synchronousCommit: string
}

/** The load of the last minute, two digits. */
export const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100

/** This machine, with the load that was measured before the run. */
export const machineOf = (product: string, database: DatabaseFacts, before: number): Machine => ({
  cpus: availableParallelism(),
  model: cpus()[0]?.model.trim() ?? "unknown",
  memoryMb: Math.round(totalmem() / 2 ** 20),
  system: `${platform()} ${release()}`,
  node: process.versions.node,
  product,
  database,
  load: { before, after: loadNow() },
})
