import { describe, expect, test } from "vitest"
import { openRandom } from "./open-random.ts"

describe("randomness of a process", () => {
  test("draws have the requested length, and none repeats, across many pages", () => {
    const random = openRandom()
    const drawn = Array.from({ length: 2_000 }, () => random.bytes(10).toHex())
    expect(new Set(drawn).size).toBe(2_000)
    expect([0, 1, 4_096, 5_000].map((count) => random.bytes(count).length)).toEqual([0, 1, 4_096, 5_000])
  })

  test("a draw is a copy: the rest of the page cannot be reached from it", () => {
    expect(openRandom().bytes(10).buffer.byteLength).toBe(10)
  })

  test("a unit lies from 0 to below 1, and spreads", () => {
    const random = openRandom()
    const units = Array.from({ length: 1_000 }, () => random.unit())
    expect(units.every((unit) => unit >= 0 && unit < 1)).toBe(true)
    const mean = units.reduce((sum, unit) => sum + unit, 0) / units.length
    // Eleven standard deviations of a mean of 1,000 draws.
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.1)
  })
})
