import { expect, test } from "vitest"
import { comparisonsOfPattern } from "./patterns.ts"

const star = "Wildcard"
const of = (...parts: readonly string[]) =>
  comparisonsOfPattern(parts.map((part) => (part === star ? star : { Literal: part })))

test("a pattern costs as many comparisons of a character as beginnings of what is behind a star can end at it", () => {
  const least = of("https://example.com/")
  expect(of("https://example.com/", star)).toBe(least)
  expect(of(star, ".com") - least).toBe(1)
  expect(of(star, "abab") - least).toBe(2)
  expect(of(star, "a".repeat(250), "b") - least).toBe(250)
})

test("what is behind one star is looked for after what is behind the star before it", () => {
  expect(of(star, "aaa", star, "aaaaa", star, "aa")).toBe(of(star, "aaaaa"))
  expect(of(star, "a", "a", "a")).toBe(of(star, "aaa"))
})
