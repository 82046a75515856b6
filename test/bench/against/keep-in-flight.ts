// So many calls at once until enough are answered, and what that took.
// Owns: keeping the number in flight, the time of each. Does not own: what is called. An error of one ends the run.

import { quantile } from "../statistics.ts"

/** What is asked of a side. */
export interface Load {
  readonly inFlight: number
  readonly count: number
}

/** What one run of a load took; times from the call to its answer. */
export interface Run {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p95Ms: number
}

/** Calls `one` with 0, 1, 2 … until `count` have been answered. */
export async function keepInFlight(
  { inFlight, count }: Load,
  one: (at: number) => Promise<void>,
): Promise<Run> {
  const latenciesMs: number[] = []
  let next = 0
  const caller = async (): Promise<void> => {
    while (next < count) {
      const at = next
      next += 1
      const begunMs = performance.now()
      await one(at)
      latenciesMs.push(performance.now() - begunMs)
    }
  }
  const begunMs = performance.now()
  await Promise.all(Array.from({ length: inFlight }, caller))
  return runOf((count / (performance.now() - begunMs)) * 1000, latenciesMs)
}

/** The same figures of calls that another process made. */
export const runOf = (perSecond: number, latenciesMs: readonly number[]): Run => ({
  perSecond,
  p50Ms: quantile(latenciesMs, 0.5),
  p95Ms: quantile(latenciesMs, 0.95),
})
