import { describe, expect, test } from "vitest"
import { z } from "zod"
import { text } from "../primitives.ts"
import { defineCommand, type CommandDefinition } from "./define.ts"
import { exampleProblem, examplesOf } from "./examples.ts"

const refund: CommandDefinition<{ readonly payment: string }, { readonly refund: string }> = {
  name: "payments.refund",
  version: "1.0.0",
  effect: "natural",
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
}
const shown = (example: CommandDefinition<unknown, unknown>["examples"][number]) =>
  defineCommand({ ...refund, examples: [example] })
const asked = { title: "a refund", input: { payment: "pay_81" } }

describe("an example's output", () => {
  test("is read by people alone: with it the digest that plans pin is the same, and the document's is another", () => {
    const [without, answered] = [shown(asked), shown({ ...asked, output: { refund: "ref_9" } })]
    expect(answered.digest).toBe(without.digest)
    expect(answered.documentDigest).not.toBe(without.documentDigest)
  })

  test.each([
    [{ ...asked, output: { refund: "ref_9" } }, null],
    [{ ...asked, output: { refund: 9 } }, 'the output of "a refund" does not fit its contract at /refund'],
    [
      { title: "no payment", input: { payment: 1 }, output: { refund: "ref_9" }, fails: "/payment" },
      '"no payment" is refused, and shows an output',
    ],
  ])("%j: %s", (example, problem) => {
    const contract = defineCommand({ ...refund, examples: [asked, example] })
    expect(examplesOf(contract).map((each) => exampleProblem(contract, each))).toEqual([null, problem])
  })
})
