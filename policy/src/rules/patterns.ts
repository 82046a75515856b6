// What `like` patterns of rules cost: an input of 256 KiB is searched for what stands behind a star, from each of its characters.
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
    const literal: unknown = isObject(element) ? Reflect.get(element, "Literal") : null
    const size = typeof literal === "string" ? literal.length : 1
    length += size
    if (typeof literal !== "string") stars += 1
    else if (stars > 0) searched += size
  }
  return { length, stars, searched }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null
