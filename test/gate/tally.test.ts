import { describe, expect, test } from "vitest"
import { addTallies, tallyLine, tallyStage, tallyTests } from "./tally.ts"

const file = (status: string, ...tests: readonly string[]): object => ({
  status,
  assertionResults: tests.map((each) => ({ status: each })),
})
const report = (...testResults: readonly object[]): object => ({ testResults })

describe("the gate counts every test and every stage", () => {
  test("a stage and each of its tests count as one", () => {
    expect(tallyTests(report(file("passed", "passed", "passed")), true)).toEqual({
      passed: 3,
      failed: 0,
      skipped: 0,
    })
  })

  test("a failed test fails its stage too", () => {
    const tally = tallyTests(report(file("failed", "passed", "failed", "pending")), false)
    expect(tally).toEqual({ passed: 1, failed: 2, skipped: 1 })
  })

  test("a file that broke before its first test is a failure", () => {
    expect(tallyTests(report(file("passed", "passed"), file("failed")), false).failed).toBe(2)
  })

  test("a stage that left with an error has failed, although its tests passed", () => {
    expect(tallyTests(report(file("passed", "passed")), false)).toEqual({ passed: 1, failed: 1, skipped: 0 })
  })

  test.each([
    ["no report", undefined],
    ["no tests", report()],
    ["skipped tests alone", report(file("passed", "skipped"))],
  ])("a stage with %s has failed", (_, seen) => {
    expect(tallyTests(seen, true).failed).toBe(1)
  })

  test("the last line names what was skipped only when something was", () => {
    expect(tallyLine(addTallies(tallyStage(true), tallyStage(false)))).toBe("1 passed, 1 failed")
    expect(tallyLine({ passed: 2, failed: 0, skipped: 3 })).toBe("2 passed, 0 failed, 3 skipped")
  })
})
