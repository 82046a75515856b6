// Did you mean: the known names nearest to one that is not known.
// Owns: the distance and the cut. Pure and bounded: names are at most 128 characters.

import { byText } from "./rejection.ts"

/** At most `count` of `known`, nearest first, none further than a third of the name's length away. */
function nearestNames(name: string, known: readonly string[], count = 1): readonly string[] {
  const furthest = Math.max(2, Math.floor(name.length / 3))
  return known
    .filter((candidate) => Math.abs(candidate.length - name.length) <= furthest)
    .map((candidate) => ({
      candidate,
      distance: distanceOf(name.slice(0, nameMax), candidate.slice(0, nameMax)),
    }))
    .filter(({ distance }) => distance <= furthest)
    .sort((a, b) => a.distance - b.distance || byText(a.candidate, b.candidate))
    .slice(0, count)
    .map(({ candidate }) => candidate)
}

/** The help of a rejection that names the nearest known names; undefined when none is near. */
export function didYouMean(name: string, known: readonly string[], count = 1): string | undefined {
  const nearest = nearestNames(name, known, count)
  return nearest.length === 0 ? undefined : `Did you mean ${nearest.join(", ")}?`
}

const nameMax = 128

// Edits of one character, and swaps of two neighbours, each cost 1 (optimal string alignment).
function distanceOf(whole: string, other: string): number {
  const [a, b] = withoutCommonEnds(whole, other)
  let before: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row[j] = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (before[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      )
    }
    before = last
    last = row
  }
  return last[b.length] ?? 0
}

// Names that differ at all mostly differ in a few characters: only those are compared in full.
function withoutCommonEnds(a: string, b: string): readonly [string, string] {
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  return [a.slice(start, a.length - end), b.slice(start, b.length - end)]
}
