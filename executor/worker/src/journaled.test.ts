import { describe, expect, test } from "vitest"
import { IdempotencyKey, type Json } from "@counterfoil/contracts"
import type { Handler, HandlerAnswer, HandlerCall, ProbeAnswer } from "@counterfoil/contracts/ports"
import { callHandler, callProbe, journaledBy } from "./journaled.ts"

const idempotencyKey = IdempotencyKey.parse("a".repeat(64))
const proof = journaledBy({ idempotencyKey })
// Only the fields that these tests read.
const call = { proof, secrets: ["s3cr3t-value"], call: { idempotencyKey } as HandlerCall }
const saying = (answer: unknown): Handler => {
  const said = () => Promise.resolve(answer as HandlerAnswer & ProbeAnswer)
  const handler: { readonly [K in keyof Handler]?: unknown } = { run: said, probe: said }
  return handler as Handler
}
const outputOf = async (output: unknown): Promise<Json | undefined> => {
  const answer = await callHandler(call, saying({ kind: "succeeded", output }))
  return answer.kind === "succeeded" ? answer.output : undefined
}

describe("what a handler answers", () => {
  test("is taken as it is when it is JSON", async () => {
    const output = { list: [1, "a", null, true], nested: { emoji: "\u{1f600}" } }
    expect(await outputOf(output)).toBe(output)
  })

  test("is the nearest JSON when it is not JSON, so that the contract decides on it instead of a crash", async () => {
    const odd = {
      half: "a\ud83d",
      at: new Date(0),
      gone: undefined,
      list: [undefined, Number.NaN],
      [`k\udc00`]: 1,
    }
    expect(await outputOf(odd)).toEqual({
      "half": "a\ufffd",
      "at": "1970-01-01T00:00:00.000Z",
      "list": [null, null],
      "k\ufffd": 1,
    })
    expect(await outputOf(undefined)).toBeNull()
  })

  test("INV-03 is unknown when it is not an answer, or cannot be recorded at all", async () => {
    const cycle: { self?: object } = {}
    cycle.self = cycle
    for (const answer of [
      undefined,
      null,
      {},
      { kind: "done" },
      { kind: "succeeded", output: cycle },
      { kind: "succeeded", output: 1n },
    ]) {
      expect((await callHandler(call, saying(answer))).kind).toBe("unknown")
      expect((await callProbe(call, saying(answer))).kind).toBe("cannotTell")
    }
  })

  test("names its record and its refusal in as many whole characters as a trace has room for", async () => {
    const ref = `${"r".repeat(199)}\u{1f600}`
    expect(
      await callHandler(call, saying({ kind: "succeeded", output: {}, providerRef: ref })),
    ).toMatchObject({
      providerRef: `${"r".repeat(199)}\ufffd`,
    })
    expect(
      await callHandler(call, saying({ kind: "rejected", code: "NO\u0007", message: "" })),
    ).toMatchObject({
      code: "NO\ufffd",
    })
    expect(
      await callProbe(call, saying({ kind: "found", output: {}, providerRef: "a\u0000" })),
    ).toMatchObject({
      providerRef: "a\ufffd",
    })
  })

  test("INV-13 carries what was thrown as a fault, without a secret of this process", async () => {
    const thrown = Object.assign(new RangeError("CRM answered 422 to s3cr3t-value"), { code: "CRM_422" })
    const throwing = (): Promise<never> => Promise.reject(thrown)
    const handler: { readonly [K in keyof Handler]?: unknown } = { run: throwing, probe: throwing }
    const fault = { name: "RangeError", code: "CRM_422", message: "CRM answered 422 to [withheld]" }
    expect(await callHandler(call, handler as Handler)).toMatchObject({ kind: "unknown", fault })
    expect(await callProbe(call, handler as Handler)).toMatchObject({ kind: "cannotTell", fault })
    const own = { ...fault, message: "again s3cr3t-value" }
    const clean = { ...fault, message: "again [withheld]" }
    expect(await callHandler(call, saying({ kind: "notSent", reason: "no", fault: own }))).toMatchObject({
      fault: clean,
    })
    expect(await callProbe(call, saying({ kind: "cannotTell", reason: "no", fault: own }))).toMatchObject({
      fault: clean,
    })
  })
})
