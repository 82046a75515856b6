import type { Time } from "@counterfoil/contracts"
import { expect, test } from "vitest"
import { createDatabaseClock } from "./database-clock.ts"

const time = (seconds: string): Time => `2026-11-21T09:00:${seconds}Z` as Time

test("the clock carries the database's time on by the monotonic one", () => {
  let elapsed = 500
  const clock = createDatabaseClock(time("00.000"), () => elapsed)
  elapsed += 1_234
  expect(clock.now()).toBe(time("01.234"))
})

test("an earlier answer of the database never makes the clock go back, and a later one moves it on", () => {
  let elapsed = 0
  const clock = createDatabaseClock(time("10.000"), () => elapsed)
  elapsed = 100
  expect(clock.now()).toBe(time("10.100"))
  clock.observe(time("05.000"), elapsed)
  expect(clock.now()).toBe(time("10.100"))
  clock.observe(time("20.000"), elapsed)
  elapsed = 150
  expect(clock.now()).toBe(time("20.050"))
})

test("an answer that took long because the process was suspended does not make the clock lag", () => {
  let elapsed = 0
  const clock = createDatabaseClock(time("00.000"), () => elapsed)
  elapsed = 40_000
  clock.observe(time("00.010"), 5)
  expect(clock.now()).toBe(time("40.000"))
})

test("a clock that runs fast is brought back by an answer that came at once", () => {
  let elapsed = 0
  const clock = createDatabaseClock(time("00.000"), () => elapsed)
  elapsed = 10_000
  clock.observe(time("09.000"), 9_990)
  elapsed = 12_000
  expect(clock.now()).toBe(time("11.010"))
})
