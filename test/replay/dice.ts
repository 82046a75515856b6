// Chance from one number, so that a recorded execution can be recorded again.
// Owns: the draws. Source of the generator: mulberry32, Tommy Ettinger (2017), public domain.

/** Draws that follow from the seed alone. */
export interface Dice {
  /** From [0, 1). */
  unit(): number
  /** A whole number from 0 to `below` − 1. */
  below(below: number): number
  chance(probability: number): boolean
  one<T>(values: readonly T[]): T
  bytes(count: number): Uint8Array
}

/** Dice for one seed. */
export function diceOf(seed: number): Dice {
  let state = seed >>> 0
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(unit() * limit)
  return {
    unit,
    below,
    chance: (probability) => unit() < probability,
    one: (values) => {
      const chosen = values[below(values.length)]
      if (chosen === undefined) throw new RangeError("nothing to choose from")
      return chosen
    },
    bytes: (count) => Uint8Array.from({ length: count }, () => below(256)),
  }
}
