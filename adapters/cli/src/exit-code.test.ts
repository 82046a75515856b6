import { describe, expect, test } from "vitest"
import { errorCodes, type AnswerKind } from "@counterfoil/contracts"
import { exitCodeOf, highest } from "./exit-code.ts"
import { exitCodes, exitMeanings } from "./exit-codes.ts"

const answers: readonly AnswerKind[] = [
  "working",
  "held",
  "inDoubt",
  "completed",
  "failed",
  "denied",
  "reviewRejected",
  "expired",
  "planRejected",
  "cancelled",
]

describe("exit codes", () => {
  test("every answer and every error code has an exit code that help explains", () => {
    const rows = [
      ...answers.map((answer) => `${answer}  ${exitCodeOf({ kind: "answer", answer })}`),
      ...errorCodes.map((code) => `${code}  ${exitCodeOf({ kind: "problem", code })}`),
    ]
    expect(Object.keys(exitMeanings).sort()).toEqual(Object.values(exitCodes).map(String).sort())
    return expect(`${rows.join("\n")}\n`).toMatchFileSnapshot("exit-code.golden.txt")
  })

  test("INV-03 an effect that may have happened ends with a code of its own, which no script can mistake for a failure", () => {
    expect(exitCodeOf({ kind: "answer", answer: "inDoubt" })).toBe(7)
    expect(exitCodeOf({ kind: "problem", code: "OUTCOME_UNKNOWN" })).toBe(7)
  })

  test("a negative answer is 3 and a missing permission 4", () => {
    expect(exitCodeOf({ kind: "answer", answer: "denied" })).toBe(3)
    expect(exitCodeOf({ kind: "problem", code: "GRANT_MISSING" })).toBe(4)
  })

  test("several results end with the highest of their codes, none with 0", () => {
    expect(highest([0, 6, 4])).toBe(6)
    expect(highest([])).toBe(0)
  })
})
