import { describe, expect, test } from "vitest"
import { failure, failureCodes } from "../trace/failures.ts"
import { BlockReason, ExecutionId, ExecutionStatus, ContractRef, StepId, StepKey } from "../primitives.ts"
import { answerKindOf, answerOf, isFinalAnswer, recordWord, type AnswerRecord } from "./answer-of.ts"
import type { BlockedStep } from "./answers.ts"

const record = (says: Partial<AnswerRecord> & Pick<AnswerRecord, "status">): AnswerRecord => ({
  executionId: ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7"),
  url: "https://control.test/v1/executions/exe_01kaz3v8g0e8r4n2t6w0y3b5d7",
  held: [],
  ...says,
})
const key = StepKey.parse("refund")
const blocked = (reason: BlockReason): BlockedStep => ({
  stepId: StepId.parse("stp_17s9jdpebsfzxfzfhdp40d71vn"),
  key,
  contract: ContractRef.parse("payments.refund@1"),
  reason,
  says: `it is ${reason}`,
})
const failedBy = (...reasons: readonly BlockReason[]) =>
  answerOf(
    record({
      status: "failed",
      blocked: reasons.map(blocked),
      failure: failure("STEP_BLOCKED", { key, reason: reasons[0] ?? "noMatch" }),
    }),
  )

describe("the answer to the requester", () => {
  test("waiting for people is held, waiting for a timer is working", () => {
    expect(answerKindOf({ status: "waiting", held: [{}] })).toBe("held")
    expect(answerKindOf({ status: "waiting", held: [] })).toBe("working")
  })

  test("INV-03 in doubt is an answer of its own and not final", () => {
    expect(answerKindOf({ status: "inDoubt", held: [] })).toBe("inDoubt")
    expect(isFinalAnswer("inDoubt")).toBe(false)
    expect(isFinalAnswer("denied")).toBe(true)
  })

  test("a person's no weighs more than any other reason beside it, and its words are the reason", () => {
    const answer = failedBy("grantMissing", "approvalExpired", "approvalRejected")
    expect(answer).toMatchObject({
      kind: "reviewRejected",
      code: "approvalRejected",
      reason: "it is approvalRejected",
      resubmit: "afterChange",
    })
  })

  test("a failure that no block caused keeps its code and the provider's own", () => {
    const contract = ContractRef.parse("payments.refund@1")
    const said = failure("HANDLER_REJECTED", { contract }, { providerCode: "CHARGE_GONE" })
    expect(answerOf(record({ status: "failed", failure: said }))).toMatchObject({
      kind: "failed",
      code: "HANDLER_REJECTED",
      reason: "payments.refund@1 refused the input. (CHARGE_GONE)",
    })
  })

  test("a refusal because the state changed says what asking anew would do", () => {
    const contract = ContractRef.parse("git.commit.create@1")
    const said = failure("HANDLER_REJECTED", { contract }, { providerCode: "STATE_CHANGED" })
    expect(answerOf(record({ status: "failed", failure: said }))).toMatchObject({
      reason:
        "git.commit.create@1 refused the input. (STATE_CHANGED) What it acts on is no longer what was read for it; asking for it anew reads what is there now.",
    })
  })

  test("an answer is a duplicate when its record says so, and a record that is only read is not a duplicate", () => {
    expect(answerOf(record({ status: "running", duplicate: true })).duplicate).toBe(true)
    expect(answerOf(record({ status: "running" })).duplicate).toBe(false)
  })
})

describe("the answer is total", () => {
  test("over every block reason: who said no decides the kind", () => {
    expect(BlockReason.options.map((reason) => `${reason} ${failedBy(reason).kind}`)).toEqual([
      "forbidden denied",
      "noMatch denied",
      "policyError denied",
      "engineError denied",
      "invalidRequest denied",
      "modeBlocked denied",
      "grantMissing denied",
      "approvalRejected reviewRejected",
      "approvalExpired expired",
      "inputInvalid failed",
      "inputErased failed",
      "conditionError failed",
      "fanOutExceeded failed",
      "limitExceeded failed",
      "deadlinePassed failed",
      "contractMissing failed",
      "skillRecalled denied",
      "skillUnverified denied",
    ])
    for (const reason of BlockReason.options)
      expect(failedBy(reason)).toMatchObject({ code: reason, reason: `it is ${reason}` })
  })

  test("over every status", () => {
    const kinds = ExecutionStatus.options.map((status) => `${status} ${answerOf(record({ status })).kind}`)
    expect(kinds).toEqual([
      "received working",
      "rejected planRejected",
      "planned working",
      "running working",
      "waiting working",
      "inDoubt inDoubt",
      "paused working",
      "cancelling working",
      "failing working",
      "cancelled cancelled",
      "completed completed",
      "failed failed",
    ])
  })

  test("the word of a paused one is paused, also while a request waits for people", () => {
    expect(recordWord({ status: "paused", held: [{ status: "open" }] })).toBe("paused")
    expect(recordWord({ status: "waiting", held: [{ status: "open" }] })).toBe("held")
  })

  test("over every failure code, and over one that a later version adds", () => {
    const codeOf = (code: string) => {
      const answer = answerOf(
        record({ status: "failed", failure: { code, message: "no", retryable: false } }),
      )
      return "code" in answer ? answer.code : null
    }
    expect(failureCodes.map(codeOf)).toEqual(failureCodes)
    expect(codeOf("SOMETHING_NEW")).toBe("STEP_FAILED")
  })
})
