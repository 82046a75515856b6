// Several automata that read one text together: a state of the product is one state of each.
// Owns: the states of the product, made as they are reached. Does not own: what is looked for in them (text-language.ts).

import type { Letter } from "./character-edges.ts"
import { TextAutomaton, type TextProgram } from "./text-automaton.ts"

/** A way on from a state: one of the letters that lead there, and how many UTF-16 units it has. */
export interface Move {
  readonly to: number
  readonly letter: number
  readonly width: 1 | 2
}

/** The product of some programs. The first state is 0. */
export class TextProduct {
  readonly #automata: readonly TextAutomaton[]
  readonly #letters: readonly Letter[]
  readonly #states: (readonly number[])[] = []
  readonly #known = new Map<string, number>()
  readonly #moves = new Map<number, readonly Move[]>()

  constructor(programs: readonly TextProgram[], letters: readonly Letter[]) {
    this.#automata = programs.map((program) => new TextAutomaton(program, letters))
    this.#letters = letters
    this.#state(programs.map(() => 0))
  }

  /** How much work the automata have done. */
  get taken(): number {
    return this.#automata.reduce((sum, { taken }) => sum + taken, 0)
  }

  /** Whether the text matches each program, in their order. */
  matches(state: number): readonly boolean[] {
    const states = this.#states[state] ?? []
    return this.#automata.map((automaton, index) => automaton.matches(states[index] ?? 0))
  }

  /** Every way on: one letter for each state and width that it leads to. */
  moves(state: number): readonly Move[] {
    const known = this.#moves.get(state)
    if (known !== undefined) return known
    const states = this.#states[state] ?? []
    const ways = new Map<string, Move>()
    for (const [letter, { width }] of this.#letters.entries()) {
      const to = this.#state(this.#automata.map((automaton, at) => automaton.after(states[at] ?? 0, letter)))
      const key = `${to} ${width}`
      if (!ways.has(key)) ways.set(key, { to, letter, width })
    }
    const made = [...ways.values()]
    this.#moves.set(state, made)
    return made
  }

  #state(states: readonly number[]): number {
    const key = states.join(",")
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = this.#states.push(states) - 1
    this.#known.set(key, made)
    return made
  }
}
