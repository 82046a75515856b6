// The bounds of the back-off.

import fc from "fast-check"
import { expect, test } from "vitest"
import { retryDelayMs, retryPolicy } from "./retry-delay.ts"

const attempts = fc.integer({ min: 1, max: 60 })
const units = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test("a delay is a whole number of milliseconds from 0 to the cap, and below its doubled base", () => {
  fc.assert(
    fc.property(attempts, units, (attempt, unit) => {
      const delay = retryDelayMs(attempt, retryPolicy, unit)
      return (
        Number.isInteger(delay) &&
        delay >= 0 &&
        delay <= retryPolicy.capMs &&
        delay <= retryPolicy.baseMs * 2 ** (attempt - 1)
      )
    }),
  )
})

test("a delay never shrinks from one attempt to the next under the same draw", () => {
  fc.assert(
    fc.property(
      attempts,
      units,
      (attempt, unit) =>
        retryDelayMs(attempt, retryPolicy, unit) <= retryDelayMs(attempt + 1, retryPolicy, unit),
    ),
  )
})

test("the doubled base of the first attempts, at half a draw", () => {
  expect([1, 2, 3, 9, 10].map((attempt) => retryDelayMs(attempt, retryPolicy, 0.5))).toEqual([
    500, 1_000, 2_000, 128_000, 150_000,
  ])
})
