// What a measurement answers, and how rounds of it become figures.
// Owns: samples and figures. Does not own: any measurement. The caller interleaves the rounds (bench.ts).

import { spreadOf, type Spread } from "./statistics.ts"

/** One number of one round. Figures of one name are of one unit. */
export interface Sample {
  readonly figure: string
  readonly unit: string
  readonly value: number
}

/** One measurement, run once a round. */
export type Measure = () => Promise<readonly Sample[]>

/** A figure over all rounds. */
export interface Figure extends Spread {
  readonly figure: string
  readonly unit: string
}

/** Figures in the order in which they were first measured. */
export function figuresOf(samples: readonly Sample[]): readonly Figure[] {
  const byName = Map.groupBy(samples, ({ figure }) => figure)
  return [...byName].map(([figure, all]) => ({
    figure,
    unit: all[0]?.unit ?? "",
    ...spreadOf(all.map(({ value }) => value)),
  }))
}
