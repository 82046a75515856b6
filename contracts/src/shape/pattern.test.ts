// The bounded test of patterns: it says what the native engine says, and never takes long.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { regExpOf } from "./pattern-tree.ts"
import { boundedPattern, patternAnswer, patternStepsMax } from "./pattern.ts"

/** Expressions of every kind that is read, over few characters, so that they often match. */
const expression = fc.letrec<{ choice: string; parts: string; atom: string }>((tie) => ({
  choice: fc.array(tie("parts"), { minLength: 1, maxLength: 3 }).map((options) => options.join("|")),
  parts: fc.array(tie("atom"), { maxLength: 4 }).map((atoms) => atoms.join("")),
  atom: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      "a",
      "b",
      "-",
      ".",
      "^",
      "$",
      "\\b",
      "\\B",
      "[ab]",
      "[^a]",
      "[a-c-]",
      "\\d",
      "\\w",
      "\\W",
    ),
    fc.constantFrom("\\u0061", "\\x62", "\\p{L}", "é", "💡", "\\s", "[\\]\\\\]", "\\/", "(?=a)", "(?!b)"),
    fc.constantFrom("a*", "b+", "[ab]?", ".{2}", "a{1,}", ".{0,3}?", "(?:a|b)*?"),
    tie("choice").map((inner) => `(${inner})`),
    tie("choice").map((inner) => `(?:${inner})*`),
    tie("choice").map((inner) => `(?<n${inner.length}>${inner})+`),
    tie("choice").map((inner) => `(${inner}){1,3}`),
    tie("choice").map((inner) => `(?=${inner})`),
    tie("choice").map((inner) => `(?!${inner})`),
  ),
})).choice
const subject = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "c", "1", "-", " ", "é", "💡", "\n", "]"), maxLength: 9 }),
  fc.string({ unit: "binary", maxLength: 6 }),
)

/**
 * The native engine asked at each place where the standard lets a match begin. By itself V8 also begins inside a surrogate
 * pair: `/(?!(\b|.))/u` matches "💡a" there.
 */
function natively(native: RegExp, text: string): boolean {
  const characters = native.unicode ? Array.from(text) : text.split("")
  const starts = characters.reduce<readonly number[]>(
    (all, { length }) => [...all, (all.at(-1) ?? 0) + length],
    [0],
  )
  return starts.some((at) => {
    const sticky = new RegExp(native.source, `${native.flags}y`)
    sticky.lastIndex = at
    return sticky.test(text)
  })
}

describe("a bounded pattern", () => {
  test("says what the native engine says, for every expression that is read", () => {
    let decided = 0
    fc.assert(
      fc.property(expression, subject, (pattern, text) => {
        const native = regExpOf(pattern)
        const answer = patternAnswer(pattern, text)
        if (native === null) expect(answer).toBe("undecided")
        else if (answer !== "undecided") {
          decided += 1
          expect(answer).toBe(natively(native, text) ? "matches" : "differs")
        }
      }),
      { numRuns: 1_000 },
    )
    expect(decided).toBeGreaterThan(800)
  })

  // Each makes a backtracking engine try exponentially many ways, or many times the length of the text.
  test.each([
    ["^(a+)+$", `${"a".repeat(40_000)}!`],
    ["^(a|a)*$", `${"a".repeat(40_000)}!`],
    ["^(a|aa)+$", `${"a".repeat(40_000)}!`],
    ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(20_000)],
    ["^(.*)*x$", "y".repeat(40_000)],
    ["(x+x+)+y", "x".repeat(20_000)],
    ["^([a-zA-Z0-9])(([\\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}$", `${"a".repeat(40_000)}`],
    ["^(?=(a+)+$)", `${"a".repeat(40_000)}!`],
  ])("%s against a long text is answered at once", (pattern, text) => {
    const before = process.cpuUsage()
    expect(patternAnswer(pattern, text)).toBe("differs")
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
  })

  test.each([
    ["(a{1000}){1000}$", "a".repeat(5_000)],
    ["((((a{99}){99}){99}){99}){99}", "a".repeat(60_000)],
    ["(?:){999999999}a", "b"],
    ["(a?){50000}b", "a".repeat(50_000)],
    ["(?=.*(?=.*x))y", "z".repeat(60_000)],
    ["a", "a".repeat(patternStepsMax + 1)],
  ])("%s is given up within bounds", (pattern, text) => {
    const before = process.cpuUsage()
    expect(patternAnswer(pattern, text)).not.toBe("matches")
    expect(process.cpuUsage(before).user).toBeLessThan(2_000_000)
  })

  test.each([
    ["a back-reference", "^(a)\\1$"],
    ["a named back-reference", "^(?<x>a)\\k<x>$"],
    ["a lookbehind", "(?<=a)b"],
    ["a lookahead that is repeated", "(?=a)*b"],
    ["a modifier", "(?i:a)"],
    ["no expression", "(?<"],
    ["too long", "a".repeat(5_000)],
    ["nested too deep", `${"(".repeat(100)}a${")".repeat(100)}`],
  ])("%s is undecided, never a match", (_what, pattern) => {
    expect(patternAnswer(pattern, "ab")).toBe("undecided")
  })

  test("tests share a budget, and after it everything is undecided", () => {
    const shared = { left: 200 }
    const pattern = boundedPattern("^a*$")
    expect(pattern.test("a".repeat(20), shared)).toBe("matches")
    expect(shared.left).toBeLessThan(120)
    expect(pattern.test("a".repeat(60), shared)).toBe("undecided")
    expect(pattern.test("a", shared)).toBe("undecided")
  })
})

test("the pattern of a time is the form: an instant that does not exist differs, natively it would match", () => {
  const spelling = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`
  const there = "2024-02-29T00:00:00.000Z"
  const never = "2026-02-30T00:00:00.000Z"
  expect([there, never].map((text) => patternAnswer(spelling, text))).toEqual(["matches", "differs"])
  expect(new RegExp(spelling).test(never)).toBe(true)
  const budget = { left: 30 }
  expect([1, 2].map(() => patternAnswer(spelling, there, budget))).toEqual(["matches", "undecided"])
})
