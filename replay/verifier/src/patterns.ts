// Patterns and schemas of the bundle's own contracts, so *untrusted*: every test is bounded.
// An expression is followed as sets of places in the text, so that no way through it is taken twice. Read are ECMAScript's expressions
// without back-references, lookbehind and modifiers. What is not read, and what takes too many steps, was not checked.

import { spend, Undecided, type Budget } from "./budget.ts"
import { timeForm, timeSpelling } from "./times.ts"

/** Most steps of one test. */
const testStepsMax = 4_000_000
/** Most steps of all payloads together: they grow with the bundle. Real ones take three to four for each byte of a payload. */
const stepsMin = 1_000_000
const stepsPerByte = 8
const patternCharsMax = 4096
const groupDepthMax = 50
const partsMax = 2000
/** A step for each character that a time can have. */
const timeStepsMax = 24
const patternUndecided =
  "a contract of the bundle has a pattern or a schema that cannot be tested within bounds"

/** The steps that all payloads of a bundle of so many bytes may take together. */
export const budgetOf = (bundleBytes: number): Budget => ({ left: stepsMin + stepsPerByte * bundleBytes })

/**
 * Takes steps of a test: a schema, a keyword, an item or a name of one, a character that is compared, or a part of a pattern's test
 * is one.
 */
export const spendOnTest = (budget: Budget, steps: number): void => spend(budget, steps, patternUndecided)

/**
 * One part of an expression: from the places where it begins to those where it ends, each once. `weight` counts its parts,
 * each as often as it has to be repeated.
 */
interface Part {
  readonly weight: number
  readonly ends: (from: readonly number[], test: Tested) => readonly number[]
}
interface Tested {
  readonly text: string
  readonly wide: boolean
  readonly spend: (steps: number) => void
}

const readPatterns = new Map<string, { readonly part: Part; readonly wide: boolean }>()
const readPatternsMax = 2000

/** What a pattern says of a text, within its own bounds and those of `budget`. */
export function testPattern(
  pattern: string,
  text: string,
  budget: Budget,
): "matches" | "differs" | "undecided" {
  try {
    return patternMatches(pattern, text, budget) ? "matches" : "differs"
  } catch (fault) {
    if (fault instanceof Undecided) return "undecided"
    throw fault
  }
}

/** Whether a pattern matches anywhere in a text. Throws `Undecided` when that cannot be decided within bounds. */
export function patternMatches(pattern: string, text: string, budget: Budget): boolean {
  if (pattern === timeSpelling) {
    spendOnTest(budget, Math.min(text.length, timeStepsMax))
    return timeForm.test(text)
  }
  const read = readPatterns.get(pattern) ?? readPattern(pattern)
  if (readPatterns.size < readPatternsMax) readPatterns.set(pattern, read)
  const own: Budget = { left: testStepsMax }
  const test: Tested = {
    text,
    wide: read.wide,
    spend: (steps) => {
      spendOnTest(own, steps)
      spendOnTest(budget, steps)
    },
  }
  test.spend(text.length)
  const all = [text.length]
  for (let at = 0; at < text.length; at += widthAt(test, at)) all.push(at)
  return read.part.ends(all, test).length > 0
}

const widthAt = ({ text, wide }: Tested, at: number): number =>
  wide && (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1

function readPattern(pattern: string): { readonly part: Part; readonly wide: boolean } {
  if (pattern.length > patternCharsMax) throw new Undecided(patternUndecided)
  const wide = isExpression(pattern, "u")
  if (!wide && !isExpression(pattern, "")) throw new Undecided(patternUndecided)
  const source = { pattern, at: 0, wide }
  const part = readChoice(source, 0)
  if (source.at < pattern.length || part.weight > partsMax) throw new Undecided(patternUndecided)
  return { part, wide }
}

function isExpression(pattern: string, flags: string): boolean {
  try {
    return new RegExp(pattern, flags) instanceof RegExp
  } catch {
    return false
  }
}

interface Source {
  readonly pattern: string
  readonly wide: boolean
  at: number
}

/** What the source has next, if it has this form (a sticky expression); the source then continues after it. */
function next(source: Source, form: RegExp): RegExpExecArray | null {
  form.lastIndex = source.at
  const found = form.exec(source.pattern)
  source.at += found?.[0].length ?? 0
  return found
}

function readChoice(source: Source, depth: number): Part {
  if (depth > groupDepthMax) throw new Undecided(patternUndecided)
  const options: Part[] = []
  do {
    const parts: Part[] = []
    while (source.at < source.pattern.length && !/[|)]/.test(source.pattern.charAt(source.at)))
      parts.push(readRepeated(source, depth))
    options.push({
      weight: weightOf(parts),
      ends: (from, test) =>
        parts.reduce((places, part) => (places.length === 0 ? [] : part.ends(places, test)), from),
    })
  } while (next(source, /\|/y) !== null)
  const [only] = options
  return {
    weight: weightOf(options),
    ends: (from, test) => {
      if (only !== undefined && options.length === 1) return only.ends(from, test)
      test.spend(from.length * options.length)
      return [...new Set(options.flatMap((option) => option.ends(from, test)))]
    },
  }
}

const weightOf = (parts: readonly Part[]): number => parts.reduce((sum, { weight }) => sum + weight, 1)

function readRepeated(source: Source, depth: number): Part {
  const bound = readBound(source, depth)
  const part = bound ?? readGroup(source, depth) ?? readOne(source)
  const times = next(source, /(?:([*+?])|\{(\d{1,9})(?:(,)(\d{0,9}))?\})\??/y)
  if (times === null) return part
  // A bound takes no character: only older forms of the language let it be repeated.
  if (bound !== null) throw new Undecided(patternUndecided)
  const [, sign, low, comma, high] = times
  const least = sign === undefined ? Number(low) : sign === "+" ? 1 : 0
  const most =
    sign === undefined
      ? comma === undefined
        ? least
        : Number(high || Infinity)
      : sign === "?"
        ? 1
        : Infinity
  return {
    weight: part.weight * (least + 1),
    ends: (from, test) => {
      let places = from
      for (let count = 0; count < least && places.length > 0; count += 1) {
        test.spend(1)
        places = part.ends(places, test)
      }
      const reached = new Set(places)
      for (let count = least; count < most && places.length > 0; count += 1) {
        test.spend(1)
        places = part.ends(places, test).filter((at) => !reached.has(at))
        for (const at of places) reached.add(at)
      }
      return [...reached]
    },
  }
}

/** `^`, `$`, `\b`, `\B`, `(?=…)` and `(?!…)`: each keeps places or drops them. */
function readBound(source: Source, depth: number): Part | null {
  const sign = next(source, /\^|\$|\\[bB]/y)?.[0]
  if (sign !== undefined)
    return {
      weight: 1,
      ends: (from, { text, spend: take }) => {
        take(from.length)
        return from.filter((at) => isAt(sign, text, at))
      },
    }
  const ahead = next(source, /\(\?([=!])/y)?.[1]
  if (ahead === undefined) return null
  const inner = readChoice(source, depth + 1)
  if (next(source, /\)/y) === null) throw new Undecided(patternUndecided)
  return {
    weight: inner.weight + 1,
    ends: (from, test) =>
      from.filter((at) => {
        test.spend(1)
        return inner.ends([at], test).length > 0 === (ahead === "=")
      }),
  }
}

function isAt(sign: string, text: string, at: number): boolean {
  if (sign === "^") return at === 0
  if (sign === "$") return at === text.length
  return (isWord(text.charAt(at - 1)) !== isWord(text.charAt(at))) === (sign === "\\b")
}

const isWord = (character: string): boolean => /^\w$/.test(character)

function readGroup(source: Source, depth: number): Part | null {
  if (next(source, /\((?:\?(?::|<[A-Za-z_$][A-Za-z0-9_$]*>)|(?!\?))/y) === null) return null
  const inner = readChoice(source, depth + 1)
  if (next(source, /\)/y) === null) throw new Undecided(patternUndecided)
  return inner
}

/** A character, `.`, an escape or a class: Node itself says which characters it takes, one at a time. */
function readOne(source: Source): Part {
  const found = next(
    source,
    source.wide
      ? wideOne()
      : /\[(?:[^\]\\]|\\[^])*\]|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|0(?!\d)|[^\dkcxu])|[^\\[({]/y,
  )
  if (found === null) throw new Undecided(patternUndecided)
  const [said] = found
  const form = new RegExp(`^${/^[\]}/]$/.test(said) ? `\\${said}` : said}$`, source.wide ? "u" : "")
  const known = new Map<string, boolean>()
  const takes = (character: string): boolean => {
    const answer = known.get(character) ?? form.test(character)
    if (known.size < charactersKept) known.set(character, answer)
    return answer
  }
  return {
    weight: 1,
    ends: (from, test) => {
      test.spend(from.length)
      return from.flatMap((at) => {
        const character = test.text.slice(at, at + widthAt(test, at))
        return character !== "" && takes(character) ? [at + character.length] : []
      })
    },
  }
}

/** Characters whose answer one class keeps. */
const charactersKept = 256

const wideOne = (): RegExp =>
  /\[(?:[^\]\\]|\\[^])*\]|\\(?:u\{[0-9A-Fa-f]{1,8}\}|u[Dd][89ABab][0-9A-Fa-f]{2}\\u[Dd][C-Fc-f][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[A-Za-z0-9_=]{1,80}\}|0(?!\d)|[^\dkcxupP])|[^\\[({]/uy
