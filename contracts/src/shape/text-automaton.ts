// An expression as an automaton: after each text it is in one state, and the state says whether the text matches.
// Owns: building the states as they are reached. Does not own: comparing automata (text-language.ts).
// A state is the set of all places in the expression that some way through the text has reached (the subset construction).

import { firstWide, isHalf, writtenCharacters, type Letter, type OneNode } from "./character-edges.ts"
import type { PatternNode, PatternTree } from "./pattern-tree.ts"

/** One place of a program: what has to hold or come next there, and where it goes on. */
type Place =
  | { readonly kind: "one"; readonly node: OneNode; readonly next: number }
  | { readonly kind: "split"; readonly next: readonly number[] }
  | { readonly kind: "holds"; readonly what: Assertion; readonly next: number }
  | { readonly kind: "matched" }
type Assertion = Extract<PatternNode, { readonly kind: "start" | "end" | "border" }>

/** An expression as places; `places[start]` is where a match begins. `unicode` is how it counts, as in `PatternTree`. */
export interface TextProgram {
  readonly unicode: boolean
  readonly places: readonly Place[]
  readonly start: number
  /** The parts that take a character: the letters have to differ by them. */
  readonly ones: readonly OneNode[]
}

/** Places of one program; each repetition that is counted has places of its own. */
const placesMax = 4_000

/** The program of an expression; null when it looks ahead, names half a character or is too large. */
export function textProgram({ root, unicode }: PatternTree): TextProgram | null {
  const builder = new ProgramBuilder(unicode)
  const start = builder.build(root, matched)
  if (start === null) return null
  const { places } = builder
  const ones = places.flatMap((place) => (place.kind === "one" ? [place.node] : []))
  return { unicode, places, start, ones }
}

/** The place at which a match ends. */
const matched = 0

/** Builds places from the end to the beginning. Every method gives null for what is not read here. */
class ProgramBuilder {
  readonly places: Place[] = [{ kind: "matched" }]
  readonly #unicode: boolean

  constructor(unicode: boolean) {
    this.#unicode = unicode
  }

  /** The first place of a node that goes on at `next`. */
  build(node: PatternNode, next: number): number | null {
    if (this.places.length > placesMax) return null
    switch (node.kind) {
      case "one":
        return this.#one(node, next)
      case "sequence":
        return node.parts.reduceRight<number | null>(
          (after, part) => (after === null ? null : this.build(part, after)),
          next,
        )
      case "choice":
        return this.#choice(node.options, next)
      case "repeat":
        return this.#repeat(node, next)
      case "start":
      case "end":
      case "border":
        return this.#add({ kind: "holds", what: node, next })
      case "ahead":
        return null
    }
  }

  // Without the flag `u` a wide character is two halves, and a part that takes some halves only could not be asked of it whole.
  #one(node: OneNode, next: number): number | null {
    if (this.#unicode) return this.#add({ kind: "one", node, next })
    if (writtenCharacters(node.source).some(isHalf)) return null
    const takes = (character: number): boolean => node.takes(character < firstWide ? character : anyHalf)
    return this.#add({ kind: "one", node: { ...node, takes }, next })
  }

  #choice(options: readonly PatternNode[], next: number): number | null {
    const ways: number[] = []
    for (const option of options) {
      const way = this.build(option, next)
      if (way === null) return null
      ways.push(way)
    }
    return this.#add({ kind: "split", next: ways })
  }

  #repeat({ inner, min, max }: Extract<PatternNode, { kind: "repeat" }>, next: number): number | null {
    let after = max === Number.POSITIVE_INFINITY ? this.#loop(inner, next) : next
    for (let count = min; count < max && Number.isFinite(max); count += 1) {
      const way = after === null ? null : this.build(inner, after)
      after = way === null ? null : this.#add({ kind: "split", next: [next, way] })
      if (after === null) return null
    }
    for (let count = 0; count < min && after !== null; count += 1) after = this.build(inner, after)
    return after
  }

  #loop(inner: PatternNode, next: number): number | null {
    const ways = [next]
    const again = this.#add({ kind: "split", next: ways })
    const way = this.build(inner, again)
    if (way === null) return null
    ways.push(way)
    return again
  }

  #add(place: Place): number {
    return this.places.push(place) - 1
  }
}

/** Represents both halves of a wide character in an expression that counts UTF-16 units. */
const anyHalf = 0xd800

/** What came before a place of the text: nothing, a character of a word or another one. */
type Before = "nothing" | "word" | "other"

interface State {
  readonly places: readonly number[]
  readonly before: Before
  readonly matches: boolean
  readonly next: (number | undefined)[]
}

const beginning = 0

/** The states of a program as far as they were asked for. The first is 0. `taken` counts the work. */
export class TextAutomaton {
  taken = 0
  readonly #program: TextProgram
  readonly #letters: readonly Letter[]
  readonly #states: State[] = []
  readonly #known = new Map<string, number>()

  constructor(program: TextProgram, letters: readonly Letter[]) {
    this.#program = program
    this.#letters = letters
    this.#state([program.start], "nothing", false)
  }

  /** Whether a text that ends in this state matches. */
  matches(state: number): boolean {
    return this.#at(state).matches
  }

  /** The state after one more letter. */
  after(state: number, letter: number): number {
    const from = this.#at(state)
    const known = from.next[letter]
    if (known !== undefined) return known
    const next = this.#follow(from, letter)
    from.next[letter] = next
    return next
  }

  #at(state: number): State {
    const found = this.#states[state] ?? this.#states[beginning]
    if (found === undefined) throw new Error("an automaton has a first state")
    return found
  }

  #follow(from: State, letter: number): number {
    const { sample, width } = this.#letters[letter] ?? { sample: 0, width: 1 }
    const first = this.#step(from, sample)
    return width === 1 || this.#program.unicode ? first : this.#step(this.#at(first), sample)
  }

  #step(from: State, character: number): number {
    const word: Before = isWord(character) ? "word" : "other"
    const reached = this.#reached(from.places, from.before, word)
    // A match may end anywhere: what comes after it changes nothing.
    if (reached.has(matched)) return this.#state([matched], "other", true)
    const places = new Set([this.#program.start])
    for (const at of reached) {
      const place = this.#program.places[at]
      if (place?.kind === "one" && place.node.takes(character)) places.add(place.next)
    }
    return this.#state(
      [...places].toSorted((a, b) => a - b),
      word,
      false,
    )
  }

  #state(places: readonly number[], before: Before, isMatched: boolean): number {
    const key = `${before} ${places.join(",")}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const matches = isMatched || this.#reached(places, before, "nothing").has(matched)
    const made = this.#states.push({ places, before, matches, next: [] }) - 1
    this.#known.set(key, made)
    return made
  }

  /** Every place that is reached without taking a character, between what was before and what comes next. */
  #reached(places: readonly number[], before: Before, next: Before): ReadonlySet<number> {
    const reached = new Set(places)
    for (const at of reached) {
      this.taken += 1
      const place = this.#program.places[at]
      if (place?.kind === "split") for (const one of place.next) reached.add(one)
      if (place?.kind === "holds" && holds(place.what, before, next)) reached.add(place.next)
    }
    return reached
  }
}

function holds(what: Assertion, before: Before, next: Before): boolean {
  if (what.kind === "start") return before === "nothing"
  if (what.kind === "end") return next === "nothing"
  return ((before === "word") !== (next === "word")) !== what.negated
}

const isWord = (character: number): boolean => /^\w$/.test(String.fromCodePoint(character))
