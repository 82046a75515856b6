import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { after, timerMsMax } from "./after.ts"

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test("a deadline of more days than a timer can count is waited for, and not over at once", () => {
  const ninetyDaysMs = 90 * 86_400_000
  let rang = 0
  after(ninetyDaysMs, () => (rang += 1))
  vi.advanceTimersByTime(timerMsMax)
  expect(rang).toBe(0)
  vi.advanceTimersByTime(ninetyDaysMs - timerMsMax - 1)
  expect(rang).toBe(0)
  vi.advanceTimersByTime(1)
  expect(rang).toBe(1)
})

test("it is cancelled in its first stretch and in a later one", () => {
  let rang = 0
  after(10, () => (rang += 1))()
  const cancel = after(timerMsMax + 10, () => (rang += 1))
  vi.advanceTimersByTime(timerMsMax + 5)
  cancel()
  vi.advanceTimersByTime(timerMsMax)
  expect(rang).toBe(0)
})
