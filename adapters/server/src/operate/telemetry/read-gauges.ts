// Gauges that are read at a scrape: open work, the lag of events, the status of the components.
// Owns: which metric each number becomes, and sharing one read among scrapes. Does not own: the queries (store), nor the probes.
// A number that cannot be read is NaN, not its last value: an alert must not be silent because the database is unreachable.

import { statfs } from "node:fs/promises"
import { openStatuses, Tier } from "@counterfoil/contracts"
import type { StoreGauges } from "@counterfoil/store"
import type { Metrics } from "./metrics.ts"

/** The sources of the gauges. */
interface GaugeSources {
  readonly metrics: Metrics
  readonly open: () => Promise<StoreGauges>
  /** Checks every component, so that its status is current; the answer is not used. */
  readonly components: () => Promise<unknown>
  /** Free share of the disk with the database's files, from 0 to 1. */
  readonly freeShare: () => Promise<number>
  /** Whether this process has a bus: without one, no event waits to be published. */
  readonly hasBus: boolean
  /** Monotonic milliseconds. */
  readonly nowMs: () => number
}

/** The database is queried at most once in this time, no matter how many scrapes there are. */
const freshMs = 5_000

/** Reads all gauges before each scrape, at most once in five seconds. */
export function readGaugesAtScrape(sources: GaugeSources): void {
  let last: { readonly atMs: number; readonly done: Promise<void> } | null = null
  sources.metrics.beforeText(() => {
    if (last === null || sources.nowMs() - last.atMs > freshMs)
      last = { atMs: sources.nowMs(), done: readAll(sources) }
    return last.done
  })
}

async function readAll({ metrics, open, components, freeShare, hasBus }: GaugeSources): Promise<void> {
  const [opened, free] = await Promise.all([orNull(open), orNull(freeShare), orNull(components)])
  for (const tier of Tier.options) {
    const found = opened?.approvals.find((row) => row.tier === tier)
    metrics.set("approvals_open", { tier }, of(opened, found?.open))
    metrics.set("approval_oldest_seconds", { tier }, of(opened, found?.oldestSeconds))
    metrics.set("approval_time_used_ratio", { tier }, of(opened, found?.timeUsed))
  }
  for (const status of openStatuses)
    metrics.set(
      "executions_open",
      { status },
      of(opened, opened?.executions.find((row) => row.status === status)?.open),
    )
  metrics.set("steps_in_doubt", {}, of(opened, opened?.stepsInDoubt))
  metrics.set("step_in_doubt_oldest_seconds", {}, of(opened, opened?.inDoubtOldestSeconds))
  metrics.set("ready_work_oldest_seconds", {}, of(opened, opened?.readyOldestSeconds))
  metrics.set("relay_lag_entries", {}, hasBus ? of(opened, opened?.relayLag.entries) : 0)
  metrics.set("relay_lag_seconds", {}, hasBus ? of(opened, opened?.relayLag.seconds) : 0)
  metrics.set("callbacks_waiting", {}, of(opened, opened?.callbacks.waiting))
  metrics.set("callback_oldest_seconds", {}, of(opened, opened?.callbacks.oldestSeconds))
  metrics.set("disk_free_ratio", {}, free ?? Number.NaN)
}

/** A number of a source: 0 where the source has none of a kind, NaN where the source could not be read. */
const of = (source: object | null, value: number | undefined): number =>
  source === null ? Number.NaN : (value ?? 0)

/** The share of a folder's disk that is free for users other than root, from 0 to 1; NaN without a folder. */
export async function freeShareOf(folder: string | null): Promise<number> {
  if (folder === null) return Number.NaN
  const { bavail, blocks } = await statfs(folder)
  return blocks === 0 ? Number.NaN : bavail / blocks
}

async function orNull<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read()
  } catch {
    return null // The failed component is reported by its own probe; here the numbers are unknown.
  }
}
