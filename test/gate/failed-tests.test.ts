import { describe, expect, test } from "vitest"
import { failedTests } from "./failed-tests.ts"

const one = (status: string, fullName: string, ...failureMessages: readonly string[]): object => ({
  status,
  fullName,
  failureMessages,
})

describe("the end of a run names what failed", () => {
  test("a failed test with the start of its message, and nothing of those that passed", () => {
    const report = {
      testResults: [
        {
          name: "a.test.ts",
          status: "failed",
          assertionResults: [one("passed", "well"), one("failed", "ill", "expected 1\nto be 2")],
        },
      ],
    }
    expect(failedTests(report)).toEqual(["failed  a.test.ts > ill\n        expected 1\n        to be 2"])
  })

  test("a file that broke before its first test", () => {
    const report = {
      testResults: [{ name: "b.test.ts", status: "failed", message: "no such module", assertionResults: [] }],
    }
    expect(failedTests(report)).toEqual(["failed  b.test.ts > the file itself\n        no such module"])
  })

  test("nothing when there is no report", () => {
    expect(failedTests(undefined)).toEqual([])
  })
})
