// Which texts are times: those that `Date` reads and prints back the same, and no other.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { instantMs, isDay } from "./instant.ts"
import { addMs, Duration, durationMs, msOfTime, Time } from "./primitives.ts"
import { parseWith } from "./schema/parse.ts"

const printed = (text: string): string => {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? "none" : at.toISOString()
}
const digits = (length: number, max: number) =>
  fc.integer({ min: 0, max }).map((n) => String(n).padStart(length, "0"))
/** Texts in the spelling of a time, many of which name no instant. */
const spelled = fc
  .tuple(
    fc.oneof(digits(4, 9_999), fc.constantFrom("0000", "0001", "1900", "2000", "2024", "2100", "9999")),
    digits(2, 14),
    digits(2, 33),
    digits(2, 26),
    digits(2, 62),
    digits(2, 62),
    digits(3, 999),
  )
  .map(([y, mo, d, h, mi, s, ms]) => `${y}-${mo}-${d}T${h}:${mi}:${s}.${ms}Z`)

describe("a time is an instant that exists", () => {
  test("parsed and printed back it is the same text, and every other is refused as a format", () => {
    fc.assert(
      fc.property(spelled, (text) => {
        const exists = printed(text) === text && !text.startsWith("0000")
        const parsed = parseWith(Time, text)
        expect([text, parsed.ok]).toEqual([text, exists])
        if (!parsed.ok) expect(parsed.error.map(({ code }) => code)).toEqual(["format"])
        expect(instantMs(text)).toBe(exists ? Date.parse(text) : null)
        expect(isDay(text.slice(0, 10))).toBe(
          printed(`${text.slice(0, 10)}T00:00:00.000Z`).slice(0, 10) === text.slice(0, 10) &&
            !text.startsWith("0000"),
        )
      }),
      { numRuns: 20_000 },
    )
  })

  test.each([
    "2026-13-45T99:99:99.999Z",
    "2026-02-30T00:00:00.000Z",
    "2026-02-29T00:00:00.000Z",
    "1900-02-29T00:00:00.000Z",
    "2026-04-31T00:00:00.000Z",
    "2026-00-10T00:00:00.000Z",
    "2026-01-00T00:00:00.000Z",
    "0000-01-01T00:00:00.000Z",
    "2026-01-01T24:00:00.000Z",
    "2016-12-31T23:59:60.000Z",
    "+010000-01-01T00:00:00.000Z",
    "2026-01-01T00:00:00Z",
    "2026-01-01",
  ])("%s names no instant", (text) => {
    expect(Time.safeParse(text).success).toBe(false)
  })

  test.each([
    "0001-01-01T00:00:00.000Z",
    "2000-02-29T23:59:59.999Z",
    "2024-02-29T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
  ])("%s is one", (text) => {
    expect(Time.safeParse(text).success).toBe(true)
  })

  test("with an offset it is the instant in UTC, which has to be a time as well", () => {
    expect(instantMs("2026-11-21T16:58:03+02:00")).toBe(Date.parse("2026-11-21T14:58:03.000Z"))
    for (const none of [
      "2026-02-30T00:00:00+02:00",
      "2026-11-21T16:58:03+24:00",
      "2026-11-21T16:58:03+02:60",
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:59-00:01",
      "2026-11-21T16:58:03",
      "2026-11-21T16:58:03.1234Z",
      "21 November 2026",
    ])
      expect([none, instantMs(none)]).toEqual([none, null])
  })

  test("moved beyond the last time or before the first it stays there, and goes on comparing as text", () => {
    const [first, last] = [Time.parse("0001-01-01T00:00:00.000Z"), Time.parse("9999-12-31T23:59:59.999Z")]
    expect([addMs(last, 1), addMs(first, -1), addMs(last, 1e15)]).toEqual([last, first, last])
    expect(msOfTime(addMs(last, -1))).toBe(msOfTime(last) - 1)
  })
})

describe("a duration has as many digits as it may", () => {
  test.each(["P999999999D", "P10000D", "PT1000000S", "P1Y", "P1M", "P-1D", "P1.5D", "PT", "P", "p1d"])(
    "%s is refused",
    (text) => {
      expect(Duration.safeParse(text).success).toBe(false)
    },
  )

  test("the longest one can be added to now", () => {
    const longest = Duration.parse("P9999DT9999H99999M999999S")
    expect(Time.safeParse(addMs(Time.parse("2026-11-21T00:00:00.000Z"), durationMs(longest))).success).toBe(
      true,
    )
  })
})
