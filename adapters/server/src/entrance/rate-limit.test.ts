import { describe, expect, test } from "vitest"
import { openRateLimit } from "./rate-limit.ts"

describe("a rate limit", () => {
  test("admits up to its limit, tells later calls how long to wait, and restarts when its window ends", () => {
    let now = 0
    const limit = openRateLimit({ max: 2, spanMs: 60_000, keysMax: 10, nowMs: () => now })
    expect([limit("ana"), limit("ana"), limit("ana"), limit("ben")]).toEqual([null, null, 60, null])
    now = 59_001
    expect(limit("ana")).toBe(1)
    now = 60_000
    expect(limit("ana")).toBeNull()
  })

  test("drops the key whose window began first when there are too many", () => {
    const limit = openRateLimit({ max: 1, spanMs: 60_000, keysMax: 2, nowMs: () => 0 })
    expect([limit("ana"), limit("ben"), limit("cyd")]).toEqual([null, null, null])
    expect([limit("cyd"), limit("ana")]).toEqual([60, null])
  })
})
