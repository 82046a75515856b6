// Two sides measured in turns become one line: each side's spread, and that of the ratio of each pair.
// Owns: these numbers. Does not own: what was measured. A pair is two runs that followed one another, so that a drift hits both.

import { spreadOf, type Spread } from "../statistics.ts"

/** One pair of runs. */
export interface Pair {
  readonly ours: number
  readonly theirs: number
}

/** All pairs of a comparison. The ratio is the median of the pairs' own ratios, not the ratio of the medians. */
export interface PairedSpread {
  readonly ours: Spread
  readonly theirs: Spread
  readonly ratio: Spread
}

/** Ours over theirs; null where there is no pair, or one side of a pair is not a positive number. */
export function pairedSpread(pairs: readonly Pair[]): PairedSpread | null {
  if (pairs.length === 0 || pairs.some(({ ours, theirs }) => !(ours > 0 && theirs > 0))) return null
  return {
    ours: spreadOf(pairs.map(({ ours }) => ours)),
    theirs: spreadOf(pairs.map(({ theirs }) => theirs)),
    ratio: spreadOf(pairs.map(({ ours, theirs }) => ours / theirs)),
  }
}

/** What is asked of a ratio. */
export interface Target {
  readonly sense: "atLeast" | "atMost"
  readonly ratio: number
}

/** Whether the median keeps the target, and whether every pair does. */
export function judged(
  { ratio }: Pick<PairedSpread, "ratio">,
  { sense, ratio: asked }: Target,
): "met" | "met in the median" | "missed" {
  const keeps = (value: number): boolean => (sense === "atLeast" ? value >= asked : value <= asked)
  if (!keeps(ratio.median)) return "missed"
  return keeps(ratio.min) && keeps(ratio.max) ? "met" : "met in the median"
}
