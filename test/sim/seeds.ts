// Seeds that find something again when its fix is taken back: they run in every gate, and a finding joins them with its fix.
// Owns: the list. Does not own: what a seed does (run-seed.ts), nor the mutant that takes the fix back (mutants.ts).
// When the simulator's dice or odds change, a number means another run: the gate then requires another seed.

/** A seed with what it found, and the mutant that takes the fix back. */
export interface PinnedSeed {
  readonly seed: number
  readonly found: string
  readonly back: string
}

/** The seeds, oldest finding first. */
export const pinnedSeeds: readonly PinnedSeed[] = [
  { seed: 126, back: "R02", found: "a first call left after its step was in doubt already" },
  { seed: 99, back: "R03", found: "a paused execution was claimed again and again once a grace was over" },
  {
    seed: 18,
    back: "R06",
    found: "a request that escalates was claimed again and again while its execution was paused",
  },
  { seed: 191, back: "R09", found: "a replay could not derive a doubt after a probe that broke" },
]
