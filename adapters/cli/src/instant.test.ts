// Times and durations as people type them: one that does not exist, or that contracts cannot represent, is refused.

import { describe, expect, test } from "vitest"
import { Duration, durationMs, Time } from "@counterfoil/contracts"
import fc from "fast-check"
import { durationMsOf, isoDuration } from "./duration.ts"
import { instantOf } from "./instant.ts"

const now = Date.parse("2026-11-21T08:00:00.000Z")

describe("an instant that is typed", () => {
  test.each([
    ["30d", "2026-12-21T08:00:00.000Z"],
    ["PT1H", "2026-11-21T09:00:00.000Z"],
    ["0.5ms", "2026-11-21T08:00:00.001Z"],
    ["2027-02-28", "2027-02-28T00:00:00.000Z"],
    ["2027-02-28T10:00:00+02:00", "2027-02-28T08:00:00.000Z"],
    ["2027-02-28T10:00:00.5Z", "2027-02-28T10:00:00.500Z"],
  ])("%s is %s", (typed, instant) => {
    expect(instantOf(typed, now)).toBe(instant)
    expect(Time.safeParse(instantOf(typed, now)).success).toBe(true)
  })

  test.each([
    "2027-02-30",
    "2027-13-01",
    "2027-02-30T00:00:00Z",
    "2027-01-01T24:00:00Z",
    "2027-01-01T23:59:60Z",
    "2027-01-01T00:00:00",
    "2027-01-01 noon",
    "0000-01-01",
    "999999999d",
    "P999999999D",
    `${"9".repeat(400)}d`,
    "12/31/2027",
    "tomorrow",
  ])("%s is refused", (typed) => {
    expect(instantOf(typed, now)).toBeNull()
  })
})

test("a duration of any length is sent in the form of the contracts", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 9_999 * 86_400 }), (seconds) => {
      const written = isoDuration(seconds * 1_000)
      expect(Duration.safeParse(written).success).toBe(true)
      expect(durationMs(Duration.parse(written))).toBe(seconds * 1_000)
      expect(durationMsOf(written)).toBe(seconds * 1_000)
    }),
  )
  expect(["30d", "90s", "0s"].map((typed) => isoDuration(durationMsOf(typed) ?? -1))).toEqual([
    "P30D",
    "PT90S",
    "PT0S",
  ])
  expect(durationMsOf("10000d")).toBeNull()
})
