// What `like` patterns of rules cost: an input of 256 KiB is searched for the text after a star, from each of its characters.
// Owns: the bounds, and measuring a pattern. Does not own: matching, which the engine does.
// Keeps INV-04: an engine that searches for minutes decides nothing in time, and every other decision waits for it.

import type { PolicyJson } from "@cedar-policy/cedar-wasm/nodejs"
import { conditionNodes } from "./expression.ts"

/** Characters and stars of one pattern: longer than any address, name or path that a rule tells apart. */
const patternLengthMax = 256
/** Stars of one pattern (L14). */
const patternStarsMax = 8
/** Characters that the patterns of one layer search for; the beginning of a pattern is compared once and costs nothing. */
export const searchedPerLayerMax = 2_048

interface Pattern {
  readonly length: number
  readonly stars: number
  readonly searched: number
}

/** Why a pattern of this policy is not read; null when all of them may be. */
export function patternProblem(json: PolicyJson): string | null {
  const patterns = patternsIn(json)
  if (patterns.some(({ length }) => length > patternLengthMax))
    return `a pattern is longer than ${patternLengthMax} characters`
  if (patterns.some(({ stars }) => stars > patternStarsMax))
    return `a pattern has more than ${patternStarsMax} stars`
  return null
}

/**
 * How often the engine may compare each character of a text that a pattern is matched with. The engine tries what is behind a star from
 * one character after another, and reads as far as they agree: so often as beginnings of that part can end at one place, which is seldom
 * more than twice, and 250 times for `*aaa…`. Spreading the text out for the engine costs about as much as three comparisons.
 */
export function comparisonsOfPattern(elements: readonly unknown[]): number {
  const parts: string[] = [""]
  for (const element of elements) {
    const literal = literalOf(element)
    if (literal === null) parts.push("")
    else parts.push(`${parts.pop() ?? ""}${literal}`)
  }
  const [, ...behindStars] = parts
  return spreading + Math.max(0, ...behindStars.map(beginningsAtOnce))
}

const spreading = 3

/** How many beginnings of a text can end at one place of another: the longest chain of borders, as Knuth, Morris and Pratt count them. */
function beginningsAtOnce(text: string): number {
  const characters = Array.from(text)
  const border: number[] = [0, 0]
  const depth: number[] = [0, 1]
  for (let end = 1; end < characters.length; end += 1) {
    let length = border[end] ?? 0
    while (length > 0 && characters[length] !== characters[end]) length = border[length] ?? 0
    if (characters[length] === characters[end]) length += 1
    border[end + 1] = length
    depth[end + 1] = 1 + (depth[length] ?? 0)
  }
  return Math.max(0, ...depth.slice(0, characters.length + 1))
}

/** How many characters the patterns of a policy search for: those behind a first star. */
export const searchedBy = (json: PolicyJson): number =>
  patternsIn(json).reduce((sum, { searched }) => sum + searched, 0)

const patternsIn = (json: PolicyJson): readonly Pattern[] =>
  conditionNodes(json).flatMap(({ operator, body }) => {
    const pattern: unknown = operator === "like" && isObject(body) ? Reflect.get(body, "pattern") : null
    return Array.isArray(pattern) ? [measured(pattern)] : []
  })

function measured(elements: readonly unknown[]): Pattern {
  let [length, stars, searched] = [0, 0, 0]
  for (const element of elements) {
    const literal = literalOf(element)
    const size = literal === null ? 1 : literal.length
    length += size
    if (literal === null) stars += 1
    else if (stars > 0) searched += size
  }
  return { length, stars, searched }
}

/** What an element of a pattern spells; null for a star. */
function literalOf(element: unknown): string | null {
  const literal: unknown = isObject(element) ? Reflect.get(element, "Literal") : null
  return typeof literal === "string" ? literal : null
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
