// Random choices from one number: the same number gives the same choices on every machine.
// Owns: the generator. Does not own: what is drawn.

/** A source of choices. */
export interface Draw {
  /** A whole number from 0 to `below - 1`. */
  readonly int: (below: number) => number
  /** True once in `outOf` draws. */
  readonly once: (outOf: number) => boolean
  readonly pick: <T>(from: readonly [T, ...T[]]) => T
}

/** The choices of one seed. Source: mulberry32, Tommy Ettinger, 2017; good enough to vary schemas. */
export function drawOf(seed: number): Draw {
  let state = Math.imul(seed, 0x9e3779b1) >>> 0
  const int = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
  return {
    int,
    once: (outOf) => int(outOf) === 0,
    pick: (from) => from[int(from.length)] ?? from[0],
  }
}
