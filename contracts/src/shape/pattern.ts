// Patterns of contracts, tested within bounds: a contract may come from outside, and a pattern of it may not stop this process.
// Owns: the answer and its budget. Does not own: which expressions are read (pattern-tree.ts), where patterns stand in a schema.
// The test follows all ways through the expression at once, as a set of places in the text, so no way is taken twice:
// its work grows with the text and the expression, never exponentially. The second verifier has its own form of the same
// rules (replay/verifier/src): the two give one answer, `undecided` included.

import { isInstant, timePattern } from "../instant.ts"
import { patternTree, type PatternNode } from "./pattern-tree.ts"

/** `undecided`: the expression is not read here, or the budget was used up. Never to be taken for a match. */
export type PatternAnswer = "matches" | "differs" | "undecided"

/**
 * Steps that tests may still take together. A step is one place of the text at which one part
 * of the expression is tried, one repetition or one look ahead.
 */
export interface StepBudget {
  left: number
}

/** Steps that one test may take: 64 KiB of text against the longest built-in pattern takes a tenth of it. */
export const patternStepsMax = 4_000_000

/** A pattern, ready to be tested. */
export interface BoundedPattern {
  /** Tests one text. What it takes is also taken from `shared`, the budget of all tests of one document or bundle. */
  test(text: string, shared?: StepBudget): PatternAnswer
}

/** Reads a pattern once, for many tests. */
export function boundedPattern(pattern: string): BoundedPattern {
  if (pattern === timePattern.source) return existingTime
  const tree = patternTree(pattern)
  return {
    test: (text, shared) => {
      if (tree === null) return "undecided"
      const allowed = Math.min(patternStepsMax, shared?.left ?? patternStepsMax)
      const walk = new Walk(text, tree.unicode, allowed)
      const found = walk.ends(tree.root, walk.starts()).length > 0
      if (shared !== undefined) shared.left -= walk.taken
      return walk.taken > allowed ? "undecided" : found ? "matches" : "differs"
    },
  }
}

/** The pattern of a `Time` names a form: besides the spelling the instant has to exist. */
const existingTime: BoundedPattern = {
  test: (text, shared) => {
    if (shared !== undefined && (shared.left -= Math.min(text.length, timeStepsMax)) < 0) return "undecided"
    return timePattern.test(text) && isInstant(text) ? "matches" : "differs"
  },
}
/** The length of a `Time`: no longer text is looked through. */
const timeStepsMax = 24

/** Whether a text matches a pattern of a contract. */
export const patternAnswer = (pattern: string, text: string, shared?: StepBudget): PatternAnswer =>
  boundedPattern(pattern).test(text, shared)

/** One test: places are indexes into the text, each at most once in a list. After the budget is used up every list is empty. */
class Walk {
  taken = 0
  readonly #text: string
  readonly #unicode: boolean
  readonly #allowed: number

  constructor(text: string, unicode: boolean, allowed: number) {
    this.#text = text
    this.#unicode = unicode
    this.#allowed = allowed
  }

  /** Every place where a match may begin: a step each. */
  starts(): readonly number[] {
    if (!this.#take(this.#text.length)) return []
    const places: number[] = []
    for (let at = 0; at < this.#text.length; at += this.#width(at)) places.push(at)
    return [...places, this.#text.length]
  }

  /** Where the matches of a node end that begin at these places. */
  ends(node: PatternNode, starts: readonly number[]): readonly number[] {
    if (starts.length === 0) return starts
    switch (node.kind) {
      case "one":
        return this.#one(node, starts)
      case "sequence":
        return node.parts.reduce((places, part) => this.ends(part, places), starts)
      case "choice":
        if (node.options.length === 1) return this.ends(node.options[0] ?? nothing, starts)
        if (!this.#take(starts.length * node.options.length)) return []
        return [...new Set(node.options.flatMap((option) => this.ends(option, starts)))]
      case "repeat":
        return this.#repeat(node, starts)
      case "ahead":
        return starts.filter((at) => this.#take(1) && this.ends(node.inner, [at]).length > 0 !== node.negated)
      case "start":
      case "end":
      case "border":
        return this.#take(starts.length) ? starts.filter((at) => this.#holds(node, at)) : []
    }
  }

  #holds(node: Extract<PatternNode, { kind: "start" | "end" | "border" }>, at: number): boolean {
    if (node.kind === "start") return at === 0
    if (node.kind === "end") return at === this.#text.length
    return (this.#isWord(at - 1) !== this.#isWord(at)) !== node.negated
  }

  #one(node: Extract<PatternNode, { kind: "one" }>, starts: readonly number[]): readonly number[] {
    if (!this.#take(starts.length)) return []
    const ends: number[] = []
    for (const at of starts) {
      const character = this.#unicode ? this.#text.codePointAt(at) : this.#text.charCodeAt(at)
      if (at < this.#text.length && character !== undefined && node.takes(character))
        ends.push(at + (this.#unicode && character > 0xffff ? 2 : 1))
    }
    return ends
  }

  #repeat(
    { inner, min, max }: Extract<PatternNode, { kind: "repeat" }>,
    starts: readonly number[],
  ): readonly number[] {
    let places = starts
    for (let count = 0; count < min && places.length > 0; count += 1)
      places = this.#take(1) ? this.ends(inner, places) : []
    // A place that fewer repetitions have reached need not be gone on from again.
    const reached = new Set(places)
    for (let count = min; count < max && places.length > 0; count += 1) {
      if (!this.#take(1)) return []
      places = this.ends(inner, places).filter((at) => !reached.has(at))
      for (const at of places) reached.add(at)
    }
    return [...reached]
  }

  #take(steps: number): boolean {
    this.taken += steps
    return this.taken <= this.#allowed
  }

  #width(at: number): number {
    return this.#unicode && (this.#text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
  }

  #isWord(at: number): boolean {
    return /^\w$/.test(this.#text.charAt(at))
  }
}

const nothing: PatternNode = { kind: "sequence", parts: [] }
