// The tree of a plan as people read it, whole: a change of the layout shows in this file.

import { describe, expect, test } from "vitest"
import { Verdict, type Json, type JsonObject } from "@counterfoil/contracts"
import { compilePlan } from "./compile-plan.ts"
import { explainPlan, type StepVerdict } from "./explain-plan.ts"
import { callableOf, capabilitiesOf, closed, contractsOf, noon, text } from "./testing/contracts.ts"

const contracts = contractsOf([
  callableOf("payments.charge.get@1", {
    kind: "query",
    effect: "read",
    input: closed({ id: text() }),
    output: closed({ id: text(), email: text(), lines: { type: "array", items: text() } }),
  }),
  callableOf("payments.refund@1", {
    effect: "keyed",
    input: closed({ id: text() }),
    output: closed({ refundId: text() }),
  }),
  callableOf("messaging.mail.send@2", {
    effect: "keyed",
    input: closed({ to: text({ "x-marks": ["target"] }) }),
    output: closed({}),
  }),
  callableOf("crm.note.append@1", {
    effect: "probeable",
    input: closed({ text: text() }),
    output: closed({ noteId: text() }),
    undo: { contract: "crm.note.delete@1", input: { noteId: { $from: "output", at: "/noteId" } } },
  }),
  callableOf("crm.note.delete@1", { input: closed({ noteId: text() }), output: closed({}) }),
])
const draft: Json = {
  format: "counterfoil.draft/1",
  steps: [
    { key: "charge", contract: "payments.charge.get@1", input: { id: "ch_81" } },
    { key: "refund", contract: "payments.refund@1", input: { id: { $from: "charge", at: "/id" } } },
    {
      key: "mail",
      contract: "messaging.mail.send@2",
      input: { to: { $from: "charge", at: "/email" } },
      when: { exists: { $from: "refund", at: "/refundId" } },
    },
    {
      key: "note",
      contract: "crm.note.append@1",
      input: { text: { $item: "" } },
      each: { over: { $from: "charge", at: "/lines" }, max: 20 },
      after: ["mail"],
      undo: true,
    },
  ],
}
const compiled = compilePlan({
  draft,
  origin: "draft",
  intent: null,
  contracts,
  held: capabilitiesOf(contracts),
  asOf: noon,
})

const core = (key: string, more: JsonObject): StepVerdict => {
  const plain = {
    mode: "autonomous",
    blockReason: null,
    forbids: [],
    obligations: null,
    floor: { tier: "low", because: [] },
    chain: [],
    breakGlassId: null,
  }
  const digest = `sha256:${"0".repeat(64)}`
  const fields = more
  return {
    key,
    verdict: {
      core: Verdict.shape.core.parse({
        ...plain,
        contractDigest: digest,
        inputDigest: digest,
        sliceDigest: digest,
        ...fields,
      }),
    },
  }
}
const obligations = {
  quorum: [{ role: "finance", count: 2 }],
  assurance: "session",
  timeouts: ["PT4H"],
  onTimeout: "expire",
  escalateTo: [],
  grace: "PT0S",
  bulk: false,
  exclude: [],
}

describe("a plan is explained", () => {
  test("with the floors of its steps before anything is decided", () => {
    expect(compiled.ok ? explainPlan(compiled.value.plan) : compiled.error).toMatchInlineSnapshot(`
      "pln_34xv  draft  4 steps  tier medium
      ├─ charge  payments.charge.get@1  read       low     open
      ├─ refund  payments.refund@1      keyed      low     open                            needs: charge
      ├─ mail    messaging.mail.send@2  keyed      medium  open  (/to comes from outside)  needs: charge, refund  conditional
      └─ note    crm.note.append@1      probeable  medium  open                            after: mail  needs: charge  each: at most 20  undo: crm.note.delete@1"
    `)
  })

  test("with the verdicts on its steps", () => {
    const verdicts = [
      core("charge", { decision: "allow", tier: "low", determining: ["base.reads"] }),
      core("refund", { decision: "hold", tier: "high", determining: ["tenant.refund-review"], obligations }),
      core("mail", {
        decision: "deny",
        tier: "medium",
        determining: [],
        forbids: ["tenant.no-mail"],
        blockReason: "forbidden",
      }),
    ]
    expect(compiled.ok ? explainPlan(compiled.value.plan, verdicts) : compiled.error).toMatchInlineSnapshot(`
      "pln_34xv  draft  4 steps  held: 1  denied: 1  tier high
      ├─ charge  payments.charge.get@1  read       low     allow  (base.reads)
      ├─ refund  payments.refund@1      keyed      high    hold   2 of finance  (tenant.refund-review)                 needs: charge
      ├─ mail    messaging.mail.send@2  keyed      medium  deny   (forbidden, tenant.no-mail, /to comes from outside)  needs: charge, refund  conditional
      └─ note    crm.note.append@1      probeable  medium  open                                                        after: mail  needs: charge  each: at most 20  undo: crm.note.delete@1"
    `)
  })
})
