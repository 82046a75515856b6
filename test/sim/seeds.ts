// Seeds that once found something: they run in every gate, and a finding joins them before its fix.
// Owns: the list. Does not own: what a seed does (run-seed.ts).
// When the simulator's dice or odds change, a number comes to mean another run: a test or a mutant keeps each finding as well.

/** A seed with what it found. */
export interface PinnedSeed {
  readonly seed: number
  readonly found: string
}

/** The seeds, oldest finding first. */
export const pinnedSeeds: readonly PinnedSeed[] = [
  { seed: 4, found: "a request that escalates was claimed again and again while its execution was paused" },
  {
    seed: 9201,
    found: "a review was dated by one time and its waiting counted by another, so that a replay differed",
  },
]
