// The known-answer plan of the planning page: its bytes, digest and ids fix the canonical form for every machine.

import { describe, expect, test } from "vitest"
import { canonicalBytes, type Duration, type Json, type StepKey } from "@counterfoil/contracts"
import { digestOf, inputDigestOf, stepIdOf } from "@counterfoil/contracts/digest"
import { compilePlan, intentOf } from "./compile-plan.ts"
import {
  callableOf,
  capabilitiesOf,
  closed,
  contractsOf,
  intentContractOf,
  noon,
  text,
} from "./testing/contracts.ts"

const contracts = contractsOf([
  intentContractOf("support.refund@1", "1.0.0", {
    input: closed({ chargeId: text(), amount: { type: "integer" }, reason: text() }),
    output: closed({ refundId: text() }),
  }),
  callableOf("payments.charge.get@1", {
    version: "1.2.0",
    kind: "query",
    effect: "read",
    capability: "payments.read",
    limits: { deadline: "PT10S" as Duration, attempts: 5 },
    input: closed({ chargeId: text() }),
    output: closed({
      id: text(),
      currency: text(),
      email: text(),
      customerId: text(),
      notify: { type: "boolean" },
    }),
  }),
  callableOf("payments.refund@1", {
    version: "1.4.1",
    effect: "keyed",
    capability: "payments.write",
    resource: { kind: "charge", at: "/chargeId" },
    input: closed({ amount: { type: "integer" }, chargeId: text(), currency: text() }),
    output: closed({ refundId: text() }),
  }),
  callableOf("messaging.mail.send@2", {
    version: "2.0.3",
    effect: "keyed",
    irreversible: true,
    capability: "messaging.send",
    input: closed({
      template: text(),
      to: { ...text(), "x-marks": ["target"] },
      vars: { type: "object", propertyNames: text(), additionalProperties: text() },
    }),
    output: closed({}),
  }),
  callableOf("crm.note.append@1", {
    version: "1.0.0",
    effect: "probeable",
    capability: "crm.write",
    resource: { kind: "customer", at: "/customerId" },
    input: closed({ customerId: text(), text: text() }),
    output: closed({ noteId: text() }),
    undo: { contract: "crm.note.delete@1", input: { noteId: { $from: "output", at: "/noteId" } } },
  }),
  callableOf("crm.note.delete@1", {
    version: "1.0.0",
    effect: "natural",
    capability: "crm.write",
    input: closed({ noteId: text() }),
    output: closed({}),
  }),
])

const intentInput: Json = { amount: 4200, chargeId: "ch_81", reason: "damaged" }
const draft: Json = {
  format: "counterfoil.draft/1",
  steps: [
    {
      key: "note",
      contract: "crm.note.append@1",
      undo: true,
      after: ["mail"],
      because: "leave a trail",
      input: {
        customerId: { $from: "charge", at: "/customerId" },
        text: {
          $text: [
            "Refunded ",
            { $from: "intent", at: "/amount" },
            ", ref ",
            { $from: "refund", at: "/refundId" },
          ],
        },
      },
    },
    {
      key: "mail",
      contract: "messaging.mail.send@2",
      when: { eq: [{ $from: "charge", at: "/notify" }, true] },
      input: {
        template: "refund-done",
        to: { $from: "charge", at: "/email" },
        vars: { refund: { $from: "refund", at: "/refundId" } },
      },
    },
    {
      key: "refund",
      contract: "payments.refund@1",
      input: {
        chargeId: { $from: "charge", at: "/id" },
        amount: { $from: "intent", at: "/amount" },
        currency: { $from: "charge", at: "/currency" },
      },
    },
    {
      key: "charge",
      contract: "payments.charge.get@1",
      input: { chargeId: { $from: "intent", at: "/chargeId" } },
      because: "need currency and customer",
    },
  ],
  output: { refundId: { $from: "refund", at: "/refundId" } },
}

describe("the plan of support.refund@1", () => {
  const intent = contracts.find("support.refund@1")
  const compiled = compilePlan({
    draft,
    origin: "contract",
    contracts,
    held: capabilitiesOf(contracts),
    asOf: noon,
    intent:
      intent === undefined
        ? null
        : intentOf({ ref: intent.ref, version: intent.version, digest: intent.digest }, intentInput),
  })

  test("INV-08 compiles to the bytes that are written down", () => {
    expect(compiled).toMatchObject({
      ok: true,
      value: {
        planDigest: "sha256:e22c56f922b43cfc1473fddeb6d7008aeee7f98831ce2e51d87805e3c1297eb1",
        planId: "pln_725hbfj8nm7ky18wzxvtvde04a",
        plan: {
          intent: { inputDigest: "sha256:e784acb4cce51021c3cb31c0f4a41b182c4ea8ba915ced4eae2bf463d9bf411b" },
        },
      },
    })
    expect(compiled.ok && compiled.value.planBytes.length).toBe(2834)
  })

  test("names its steps by their key, the undo of one by its role, and the instances of a fan-out by their index", () => {
    const planDigest = compiled.ok ? compiled.value.planDigest : digestOf("counterfoil.test.v1")
    const idOf = (key: string, index: number | null, role: "do" | "undo") =>
      stepIdOf({ planDigest, key: key as StepKey, index, role })
    expect(compiled.ok && compiled.value.plan.steps.map(({ key }) => key)).toEqual([
      "charge",
      "refund",
      "mail",
      "note",
    ])
    expect(idOf("refund", null, "do")).toBe("stp_17s9jdpebsfzxfzfhdp40d71vn")
    expect(idOf("note", null, "undo")).toBe("stp_2s9amw4jsw2tfyz0dfr13f7k3g")
    expect(idOf("note", 0, "do")).toBe("stp_3npp98q2404wv3959xysx3kdfs")
  })

  test("binds a step's input by the digest of what it resolves to", () => {
    expect(inputDigestOf(canonicalBytes({ amount: 4200, chargeId: "ch_81", currency: "EUR" }))).toBe(
      "sha256:b0f9702faf404f8a9d26cf816917b485f2ce541db637ca1d6023dff6fdc0c507",
    )
  })

  test("names the contracts that it depends on, the intent's own among them", () => {
    expect(compiled.ok && compiled.value.contracts.map((pin) => `${pin.ref} ${pin.version}`)).toEqual([
      "crm.note.append@1 1.0.0",
      "crm.note.delete@1 1.0.0",
      "messaging.mail.send@2 2.0.3",
      "payments.charge.get@1 1.2.0",
      "payments.refund@1 1.4.1",
      "support.refund@1 1.0.0",
    ])
  })
})
