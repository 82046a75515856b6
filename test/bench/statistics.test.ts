import { describe, expect, test } from "vitest"
import { quantile, spreadOf } from "./statistics.ts"

describe("figures of several rounds", () => {
  test("are their median, with the least and the most", () => {
    expect(spreadOf([30, 10, 20])).toEqual({ median: 20, min: 10, max: 30, rounds: 3 })
  })

  test("a quantile is a value that was measured, and 0 when none was", () => {
    const hundred = Array.from({ length: 100 }, (_, i) => i + 1)
    expect([quantile(hundred, 0.5), quantile(hundred, 0.95), quantile([7], 0.95), quantile([], 0.5)]).toEqual(
      [51, 96, 7, 0],
    )
  })
})
