// Two sides that take turns, and the lines that come of it.
// Owns: the order, A B A B, and what a line says. Does not own: what either side does.

import { spreadOf } from "../statistics.ts"
import type { Run } from "./keep-in-flight.ts"
import { judged, pairedSpread, type Pair, type PairedSpread, type Target } from "./pair-statistics.ts"
import type { CostedRun } from "./side.ts"

/** One figure of each run that is compared. */
export interface Wanted {
  readonly id: string
  readonly figure: string
  readonly unit: string
  readonly of: keyof Run
  readonly target: Target | null
}

/** Two ways to do a comparable thing. */
export interface Duel {
  readonly peer: string
  readonly wanted: readonly Wanted[]
  ours(): Promise<CostedRun>
  theirs(): Promise<CostedRun>
}

/** What came of one figure. Processor time in µs of one call, the database's share included. */
export interface Line {
  readonly id: string
  readonly figure: string
  readonly peer: string
  readonly unit: string
  readonly spread: PairedSpread
  readonly cpuUs: { readonly ours: number | null; readonly theirs: number | null }
  readonly target: Target | null
  readonly verdict: "met" | "met in the median" | "missed" | null
}

/** Both sides of one pair. */
export interface PairOfRuns {
  readonly ours: CostedRun
  readonly theirs: CostedRun
}

/** One pair: ours, then theirs. */
export async function fight(duel: Duel): Promise<PairOfRuns> {
  const ours = await duel.ours()
  return { ours, theirs: await duel.theirs() }
}

/** The lines of a duel after all its pairs; none for a figure that a pair does not have. */
export function linesOf({ peer, wanted }: Duel, runs: readonly PairOfRuns[]): readonly Line[] {
  return wanted.flatMap(({ of, target, ...named }) => {
    const pairs = runs.map(({ ours, theirs }): Pair => ({ ours: ours[of], theirs: theirs[of] }))
    const spread = pairedSpread(pairs)
    if (spread === null) return []
    const cpuUs = {
      ours: medianOf(runs.map(({ ours }) => ours.cpuUs)),
      theirs: medianOf(runs.map(({ theirs }) => theirs.cpuUs)),
    }
    const verdict = target === null ? null : judged(spread, target)
    return [{ ...named, peer, spread, cpuUs, target, verdict }]
  })
}

function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : spreadOf(known).median
}
