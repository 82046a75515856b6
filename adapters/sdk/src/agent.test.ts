import { defineCommand, text } from "@counterfoil/contracts"
import { describe, expect, test } from "vitest"
import { z } from "zod"
import { counterfoil } from "./agent.ts"

const refund = defineCommand({
  name: "payments.refund",
  version: "1.0.0",
  effect: "keyed",
  window: "P30D",
  capability: "payments.write",
  meta: {
    title: "Refund a payment",
    goal: "The customer has the money back, once.",
    context: "For captured payments; never to another account.",
    owners: ["payments"],
    tags: ["payments"],
    stability: "beta",
  },
  input: z.strictObject({ payment: text(40) }),
  output: z.strictObject({ refund: text(40) }),
  examples: [{ title: "a refund", input: { payment: "pay_81" } }],
})
const settings = { url: "http://127.0.0.1:9", token: "cft_x", patienceMs: 0 }

/** The engine's messages about a missing value: not sentences for the author of a program. */
const ofTheEngine = /Cannot |undefined|is not (a function|iterable|an object)/
const isSaid = (error: unknown): boolean => error instanceof TypeError && !ofTheEngine.test(error.message)

describe("misuse throws before anything is sent", () => {
  const agent = counterfoil(settings)
  test.each([
    ["a submission without a key", () => agent.submit("a.b@1", {}, { key: "" })],
    ["a submission without options", () => agent.submit("a.b@1", {}, undefined as never)],
    ["a submission whose options are null", () => agent.submit("a.b@1", {}, null as never)],
    ["a draft without options", () => agent.submitDraft({}, undefined as never)],
    ["a wait without options", () => agent.wait("exe_01kaz3v8g0e8r4n2t6w0y3b5d7", undefined as never)],
    ["an id that is not there", () => agent.resume(undefined as never)],
    ["a key that is not visible ASCII", () => agent.submit("a.b@1", {}, { key: "order 81" })],
    ["a wait that is longer than one answer", () => agent.submit("a.b@1", {}, { key: "k", waitMs: 60_000 })],
    ["a trace context of another form", () => agent.submit("a.b@1", {}, { key: "k", traceparent: "x" })],
    ["a malformed id", () => agent.resume("exe_1")],
    [
      "a time that is not a number",
      () => agent.wait("exe_01kaz3v8g0e8r4n2t6w0y3b5d7", { timeoutMs: Number.NaN }),
    ],
  ])("%s", async (_, misuse) => {
    await expect(misuse()).rejects.toSatisfy(isSaid)
  })

  test.each([
    ["no settings", undefined as never],
    ["no address", { token: "cft_x" } as never],
    ["no token", { url: settings.url } as never],
    ["an address of another kind", { ...settings, url: "ftp://host" }],
    ["a NATS address without a tenant", { ...settings, url: "nats://host:4222" }],
    ["a token with a line break", { ...settings, token: "cft_x\n" }],
    ["a contract under another's reference", { ...settings, contracts: { "payments.refund@2": refund } }],
  ])("%s", (_, misuse) => {
    expect(() => counterfoil(misuse)).toThrow(TypeError)
    expect(() => counterfoil(misuse)).not.toThrow(ofTheEngine)
  })
})

describe("when no answer comes", () => {
  test("what is thrown carries the key to submit again under", async () => {
    const agent = counterfoil({ ...settings, contracts: { "payments.refund@1": refund } })
    const lost = agent.submit("payments.refund@1", { payment: "pay_81" }, { key: "order-81" })
    await expect(lost).rejects.toMatchObject({ name: "Unreachable", key: "order-81", problem: null })
  })

  test("a wait ends when its time is over", async () => {
    const executionId = "exe_01kaz3v8g0e8r4n2t6w0y3b5d7"
    const lost = counterfoil(settings).wait(executionId, { timeoutMs: 50 })
    await expect(lost).rejects.toMatchObject({ name: "Unreachable", key: null, executionId })
  })
})

describe("a contract as a tool", () => {
  test("has a name that clients take, its schema, and no field for a key", () => {
    const { name, description, inputSchema } = counterfoil(settings).asTool(refund)
    expect(name).toBe("payments_refund_v1")
    expect(description).toBe(
      "The customer has the money back, once. For captured payments; never to another account. " +
        "May be held for a person's approval. If so, nothing has happened yet; use get_intent.",
    )
    expect(Object.keys(inputSchema["properties"] ?? {})).toEqual(["payment"])
  })
})
