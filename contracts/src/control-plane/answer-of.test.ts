import { describe, expect, test } from "vitest"
import { answerOf, isFinalAnswer } from "./answer-of.ts"

const failed = (
  ...blockReason: readonly ("approvalRejected" | "approvalExpired" | "grantMissing" | "inputInvalid")[]
) =>
  answerOf({
    status: "failed",
    held: [],
    steps: blockReason.map((reason) => ({ status: "blocked", blockReason: reason })),
  })

describe("the answer to the one who asked", () => {
  test("waiting for people is held, waiting for a timer is working", () => {
    expect(answerOf({ status: "waiting", held: [{}] })).toBe("held")
    expect(answerOf({ status: "waiting", held: [] })).toBe("working")
  })

  test("a failure says whether a person, the clock, policy or the world said no", () => {
    expect(failed("approvalRejected")).toBe("reviewRejected")
    expect(failed("approvalExpired")).toBe("expired")
    expect(failed("grantMissing")).toBe("denied")
    expect(failed("inputInvalid")).toBe("failed")
    expect(failed()).toBe("failed")
  })

  test("a person's no weighs more than any other reason beside it", () => {
    expect(failed("grantMissing", "approvalExpired", "approvalRejected")).toBe("reviewRejected")
  })

  test("INV-03 in doubt is an answer of its own and not final", () => {
    expect(answerOf({ status: "inDoubt", held: [] })).toBe("inDoubt")
    expect(isFinalAnswer("inDoubt")).toBe(false)
    expect(isFinalAnswer("denied")).toBe(true)
  })
})
