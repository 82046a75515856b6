// The key of a corrected call: the rejected call keeps its key for ever, so that a repetition finds it.
// Owns: counting corrections of a wish in this process. Does not own: the wish's own key, which the program chooses (INV-12).
// A count that is forgotten, after a restart or beyond the bound, costs a correction and never an effect: under the wish's own
// key a different input is refused as a conflict.

import type { Json } from "@counterfoil/contracts"

/** Corrections after which a person has to look: a model that is wrong five times does not get it right alone. */
export const correctionsMax = 5
/** Wishes whose rejected inputs are remembered; the oldest is forgotten first. */
const wishesMax = 1_000

/** A call of a tool: which contract, under which key of the program, with which input of the model. */
export interface ToolCall {
  readonly contract: string
  readonly key: string
  readonly input: Json
}

/** The rejected inputs of this process's wishes. */
export interface Corrections {
  /** How often the wish was corrected before this input: 0 for the first, and for one that was rejected before, its own number. */
  numberOf(call: ToolCall): number
  /** Remembers that the plan of this input was rejected, so that nothing of it can ever happen. */
  rejected(call: ToolCall): void
}

/** A new record of corrections, empty. */
export function openCorrections(): Corrections {
  const wishes = new Map<string, readonly string[]>()
  const wishOf = ({ contract, key }: ToolCall): string => `${contract} ${key}`
  return {
    numberOf: (call) => {
      const inputs = wishes.get(wishOf(call)) ?? []
      const known = inputs.indexOf(JSON.stringify(call.input))
      return known === -1 ? inputs.length : known
    },
    rejected: (call) => {
      const wish = wishOf(call)
      const inputs = wishes.get(wish) ?? []
      const input = JSON.stringify(call.input)
      if (inputs.includes(input)) return
      wishes.set(wish, [...inputs, input])
      const [oldest] = wishes.keys()
      if (wishes.size > wishesMax && oldest !== undefined) wishes.delete(oldest)
    },
  }
}
