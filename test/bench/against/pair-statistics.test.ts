import { describe, expect, test } from "vitest"
import { judged, pairedSpread } from "./pair-statistics.ts"

const drifting = [
  { ours: 100, theirs: 50 },
  { ours: 10, theirs: 2 },
  { ours: 90, theirs: 30 },
]

describe("two sides measured in turns", () => {
  test("are compared pair by pair, so that a machine that slows down slows both", () => {
    expect(pairedSpread(drifting)).toEqual({
      ours: { median: 90, min: 10, max: 100, rounds: 3 },
      theirs: { median: 30, min: 2, max: 50, rounds: 3 },
      ratio: { median: 3, min: 2, max: 5, rounds: 3 },
    })
  })

  test("have no ratio when one of them was not measured", () => {
    expect(pairedSpread([])).toBeNull()
    expect(pairedSpread([...drifting, { ours: 1, theirs: 0 }])).toBeNull()
    expect(pairedSpread([{ ours: Number.NaN, theirs: 1 }])).toBeNull()
  })

  test("meet a target in every pair, in the median alone, or not", () => {
    const ratio = { median: 3, min: 2, max: 5, rounds: 3 }
    expect(judged({ ratio }, { sense: "atLeast", ratio: 2 })).toBe("met")
    expect(judged({ ratio }, { sense: "atLeast", ratio: 2.5 })).toBe("met in the median")
    expect(judged({ ratio }, { sense: "atLeast", ratio: 4 })).toBe("missed")
    expect(judged({ ratio }, { sense: "atMost", ratio: 5 })).toBe("met")
    expect(judged({ ratio }, { sense: "atMost", ratio: 4 })).toBe("met in the median")
    expect(judged({ ratio }, { sense: "atMost", ratio: 2.9 })).toBe("missed")
  })
})
