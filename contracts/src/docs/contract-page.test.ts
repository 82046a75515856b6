import { describe, expect, test } from "vitest"
import { z } from "zod"
import { text } from "../primitives.ts"
import { defineCapability, defineCommand, defineEvent } from "../define/define.ts"
import { mark } from "../schema/schema.ts"
import { capabilityIndex, capabilityPage } from "./capability-page.ts"
import { contractIndex, contractPage } from "./contract-page.ts"
import { fieldRows, typeWord } from "./field-rows.ts"

const refund = defineCommand({
  name: "payments.refund",
  version: "1.2.0",
  effect: "keyed",
  window: "P30D",
  floor: "medium",
  capability: "payments.write",
  meta: {
    title: "Refund a payment",
    goal: "The customer has the money back, once.",
    context: "For captured payments; never to another account.",
    owners: ["payments"],
    tags: ["payments"],
    stability: "beta",
  },
  input: z.strictObject({
    payment: mark(text(40), ["policy", "target"]),
    amount: mark(z.int().min(1), ["policy"], "cent"),
    lines: z
      .array(z.strictObject({ sku: text(20) }))
      .max(5)
      .optional(),
  }),
  output: z.strictObject({ refund: text(40) }),
  errors: ["NOT_FOUND"],
  examples: [
    { title: "a refund", input: { payment: "pay_81", amount: 1250 }, output: { refund: "ref_9" } },
    { title: "nothing", input: { payment: "pay_81", amount: 0 }, fails: "/amount" },
  ],
})

const refunded = defineEvent({
  name: "payments.refunded",
  version: "1.0.0",
  capability: "payments.write",
  meta: refund.meta,
  payload: z.strictObject({ refund: text(40) }),
})

const around = {
  errorsFolder: "../../errors",
  schemasFolder: "../schemas",
  capabilitiesFolder: "../capabilities",
  emittedBy: [],
}

describe("the page of a contract", () => {
  const page = contractPage(refund, around)

  test("says each field with its bounds, marks and unit", () => {
    expect(page).toContain("| `payment` | text | yes | at most 40 characters; marks: policy, target |")
    expect(page).toContain("| `amount` | integer | yes | at least 1 cent; marks: policy |")
    expect(page).toContain("| `lines[].sku` | text | yes | at most 20 characters |")
  })

  test("names effect class, tier, errors and examples with what is refused", () => {
    expect(page).toContain("| effect class | keyed |")
    expect(page).toContain("| tier | at least medium |")
    expect(page).toContain("[NOT_FOUND](../../errors/NOT_FOUND.md)")
    expect(page).toContain("nothing, refused at `/amount`:")
    expect(page).toContain('answers:\n\n```json\n{\n  "refund": "ref_9"\n}')
  })

  test("is the same bytes for the same contract", () => {
    expect(contractPage(refund, around)).toBe(page)
  })

  test("is linked from the index under its kind", () => {
    const index = contractIndex([{ title: "Payments", folder: "payments", contracts: [refund] }])
    expect(index).toContain("## Payments\n\n### Commands")
    expect(index).toContain("[payments.refund@1](payments/payments.refund@1.md)")
    expect(index).not.toContain("### Events")
  })
})

describe("the page of a capability", () => {
  const writes = defineCapability({ name: "payments.write", requires: ["payments.read"], meta: refund.meta })
  const page = capabilityPage(writes, {
    contracts: [refund, refunded],
    requiredBy: [],
    pageOf: ({ ref }) => `../payments/${ref}.md`,
  })

  test("says what a grant of it gives: calls with effect, tier and who, and events", () => {
    expect(page).toContain("| requires | [payments.read](payments.read.md) |")
    expect(page).toContain(
      "| [payments.refund@1](../payments/payments.refund@1.md) | command | The customer has the money back, once. | keyed | at least medium | human, service, agent |",
    )
    expect(page).toContain("## Events\n\n| event | what happened |")
    expect(page).toContain("| [payments.refunded@1](../payments/payments.refunded@1.md) |")
  })

  test("is linked from the page of each of its contracts and from the index", () => {
    expect(contractPage(refund, around)).toContain("[payments.write](../capabilities/payments.write.md)")
    expect(capabilityIndex([writes], "capabilities")).toContain(
      "[payments.write](capabilities/payments.write.md)",
    )
  })
})

describe("the words for a type", () => {
  test.each([
    [{ "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" }, "digest"],
    [{ "type": "string", "pattern": "^exe_[0-9a-z]{26}$" }, "id `exe_…`"],
    [{ "anyOf": [{ "type": "string" }, { "type": "null" }] }, "text or null"],
    [{ "type": "array", "items": { "enum": ["low", "high"] } }, "list of `low`, `high`"],
    [{ "type": "object", "additionalProperties": { "type": "string" } }, "map"],
    [{}, "any JSON"],
  ])("%j is %s", (schema, word) => {
    expect(typeWord(schema)).toBe(word)
  })

  test("an object without fields has no rows", () => {
    expect(fieldRows({ "type": "object", "additionalProperties": false })).toEqual([])
  })
})
