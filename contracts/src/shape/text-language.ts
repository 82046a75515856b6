// Whether every text of one shape is a text of another, however the patterns are written.
// Owns: this answer and its bounds. Does not own: formats (fit.ts), states (text-automaton.ts).
// The texts of a shape are those of a product of automata, one for each pattern. A text that the first shape has and the second
// has not is looked for among all of them, the shortest first: when there is none, every text fits.

import { lettersOf, type Letter } from "./character-edges.ts"
import { patternAnswer } from "./pattern.ts"
import { patternTree, type PatternNode } from "./pattern-tree.ts"
import type { StringShape } from "./shape.ts"
import { textProgram, type TextProgram } from "./text-automaton.ts"
import { TextProduct } from "./text-product.ts"

/** `undecided` says why: never to be taken for either of the others. */
type TextAnswer =
  | { readonly kind: "fits" }
  | { readonly kind: "differs"; readonly text: string }
  | { readonly kind: "undecided"; readonly why: string }

/** States of a product, each with a length, that are looked at: enough for texts of 8,192 characters and a plain pattern. */
const statesMax = 200_000
/** Places that are visited on the way: these and the states above take less than a second. */
const workMax = 2_000_000

/** The answer for a producer's texts and a consumer's. Formats are not looked at. */
export function textsFit(producer: StringShape, consumer: StringShape): TextAnswer {
  const row = remembered.get(producer) ?? new WeakMap<StringShape, TextAnswer>()
  remembered.set(producer, row)
  const known = row.get(consumer) ?? answerFor(producer, consumer)
  row.set(consumer, known)
  return known
}

const remembered = new WeakMap<StringShape, WeakMap<StringShape, TextAnswer>>()

/** The texts among some values, as a shape of exactly these. */
export function textsListed(values: readonly unknown[]): StringShape {
  const texts = values.filter((value) => typeof value === "string")
  const spelt = texts.map((text) =>
    Array.from(text, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`).join(""),
  )
  const pattern = texts.length === 0 ? "^(?!)" : `^(?:${spelt.join("|")})$`
  return { kind: "string", min: 0, max: Number.POSITIVE_INFINITY, format: null, patterns: [pattern] }
}

function answerFor(producer: StringShape, consumer: StringShape): TextAnswer {
  const asked = consumer.patterns.filter((pattern) => !producer.patterns.includes(pattern))
  const lengthsFit = consumer.min <= producer.min && consumer.max >= producer.max
  if (asked.length === 0 && lengthsFit) return { kind: "fits" }
  const given = partsOf(producer.patterns)
  const wanted = partsOf(asked)
  const letters = lettersOf([...given.parts, ...wanted.parts].flatMap(({ program }) => program.ones))
  if (letters === null) return undecided("The patterns tell too many characters apart to be compared.")
  const free = lengthsFit ? search({ given, wanted, letters, lengths: null }) : null
  const bounded = producer.min > 0 || Number.isFinite(producer.max)
  const found =
    free === null || (free.kind === "text" && bounded)
      ? search({ given, wanted, letters, lengths: { producer, consumer } })
      : free
  if (found.kind === "tooMuch") return undecided("The patterns are too large to be compared.")
  if (found.kind === "none") return wanted.unread === null ? { kind: "fits" } : notRead(wanted.unread)
  // A pattern that no automaton was made of may refuse the text that was found.
  const surely =
    given.unread === null || producer.patterns.every((one) => patternAnswer(one, found.text) === "matches")
  return surely ? { kind: "differs", text: found.text } : notRead(given.unread ?? "")
}

const undecided = (why: string): TextAnswer => ({ kind: "undecided", why })
const patternCharsShown = 60
const notRead = (pattern: string): TextAnswer =>
  undecided(`The pattern ${pattern.slice(0, patternCharsShown)} cannot be compared with another one.`)

/** One automaton that has to match, or, for what may not come next, must not. */
interface Part {
  readonly program: TextProgram
  readonly negated: boolean
}

/** The joint condition of several patterns; `unread` is a pattern without an automaton. */
interface Parts {
  readonly parts: readonly Part[]
  readonly unread: string | null
}

function partsOf(patterns: readonly string[]): Parts {
  const read = patterns.map((pattern) => ({ pattern, parts: partsOfPattern(pattern) }))
  return {
    parts: read.flatMap(({ parts }) => parts ?? []),
    unread: read.find(({ parts }) => parts === null)?.pattern ?? null,
  }
}

function partsOfPattern(pattern: string): readonly Part[] | null {
  const tree = patternTree(pattern)
  if (tree === null) return null
  const { ahead, rest } = lookingAhead(tree.root)
  const parts = [
    { root: rest, negated: false },
    ...ahead.map(({ inner, negated }) => ({ root: sequence([{ kind: "start" }, inner]), negated })),
  ].map(({ root, negated }) => {
    const program = textProgram({ root, unicode: tree.unicode })
    return program === null ? null : { program, negated }
  })
  return parts.every((part) => part !== null) ? parts : null
}

const sequence = (parts: readonly PatternNode[]): PatternNode => ({ kind: "sequence", parts })

/** What an expression looks at ahead of everything else, from the start of the text, and the rest of it. */
function lookingAhead(root: PatternNode): {
  readonly ahead: readonly Extract<PatternNode, { kind: "ahead" }>[]
  readonly rest: PatternNode
} {
  const only = root.kind === "choice" && root.options.length === 1 ? root.options[0] : undefined
  const [start, ...others] = only?.kind === "sequence" ? only.parts : []
  if (start?.kind !== "start") return { ahead: [], rest: root }
  const first = others.findIndex(({ kind }) => kind !== "ahead")
  const count = first === -1 ? others.length : first
  return {
    ahead: others.slice(0, count).flatMap((part) => (part.kind === "ahead" ? [part] : [])),
    rest: sequence([start, ...others.slice(count)]),
  }
}

interface Search {
  readonly given: Parts
  readonly wanted: Parts
  readonly letters: readonly Letter[]
  /** Null where every length of the producer is one of the consumer, and the texts are compared without them. */
  readonly lengths: { readonly producer: StringShape; readonly consumer: StringShape } | null
}

type Found =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "none" }
  | { readonly kind: "tooMuch" }

/** A state of the product with the length so far, and how it was reached. */
interface Reached {
  readonly state: number
  readonly length: number
  readonly from: Reached | null
  readonly letter: number
}

/** The shortest text that the producer has and the consumer refuses. */
function search({ given, wanted, letters, lengths }: Search): Found {
  const parts = [...given.parts, ...wanted.parts]
  const product = new TextProduct(
    parts.map(({ program }) => program),
    letters,
  )
  const isFound = ({ state, length }: Reached): boolean => {
    const holds = product.matches(state).map((matches, at) => matches !== parts[at]?.negated)
    const isGiven = holds.slice(0, given.parts.length).every(Boolean)
    const isWanted = holds.slice(given.parts.length).every(Boolean)
    if (lengths === null) return isGiven && !isWanted
    const { producer, consumer } = lengths
    return isGiven && isWithin(length, producer) && !(isWanted && isWithin(length, consumer))
  }
  const lengthMax = lengths === null ? 0 : countedTo(lengths.producer, lengths.consumer)
  const queue: Reached[] = [{ state: 0, length: 0, from: null, letter: 0 }]
  const seen = new Set<number>([0])
  for (const one of queue) {
    if (isFound(one)) return { kind: "text", text: textOf(one, letters) }
    if (seen.size > statesMax || product.taken > workMax) return { kind: "tooMuch" }
    for (const { to, letter, width } of product.moves(one.state)) {
      if (lengths !== null && one.length + width > lengths.producer.max) continue
      const length = lengths === null ? 0 : Math.min(one.length + width, lengthMax)
      const key = to * (lengthMax + 1) + length
      if (seen.has(key)) continue
      seen.add(key)
      queue.push({ state: to, length, from: one, letter })
    }
  }
  return { kind: "none" }
}

const isWithin = (length: number, { min, max }: StringShape): boolean => length >= min && length <= max

/** The length from which on no bound tells lengths apart. */
const countedTo = (a: StringShape, b: StringShape): number =>
  Math.max(...[a.min, b.min, a.max + 1, b.max + 1].filter(Number.isFinite))

function textOf(reached: Reached, letters: readonly Letter[]): string {
  const characters: string[] = []
  for (let one = reached; one.from !== null; one = one.from)
    characters.push(String.fromCodePoint(letters[one.letter]?.sample ?? 0))
  return characters.toReversed().join("")
}
