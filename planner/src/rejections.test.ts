// Every rejection code with its example and the exact place, in the order of the planning page.
// SKILL_UNAVAILABLE belongs to skills, INTENT_UNCLEAR and INTENT_NO_CONTRACT to the interpreter: no draft reaches them.

import { describe, expect, test } from "vitest"
import {
  ContractRef,
  RejectionCode,
  isList,
  type Json,
  type JsonObject,
  type Result,
  type PlanRejection,
} from "@counterfoil/contracts"
import { compilePlan, intentOf, type CompiledPlan, type PlanQuestion } from "./compile-plan.ts"
import { interpretIntent, singleStepDraft } from "./interpret-intent.ts"
import {
  callableOf,
  capabilitiesOf,
  closed,
  contractsOf,
  eventOf,
  intentContractOf,
  noon,
  text,
} from "./testing/contracts.ts"

const whole = { type: "integer" }
const shop = contractsOf([
  callableOf("shop.order.get@1", {
    kind: "query",
    effect: "read",
    capability: "shop.read",
    input: closed({ "id?": text() }),
    output: closed({
      id: text(),
      amount: whole,
      total: { ...whole, "x-unit": "minor USD" },
      paid: { type: "boolean" },
      at: text({ format: "date-time" }),
      phone: text({ "x-marks": ["pii"] }),
      code: text({ pattern: "^a" }),
      "email?": text(),
      lines: { type: "array", items: closed({ sku: text() }) },
      grid: { type: "array", items: { type: "array", items: whole } },
    }),
  }),
  callableOf("shop.refund@1", {
    capability: "shop.write",
    undo: { contract: "shop.charge@1", input: { id: { $from: "output", at: "/id" } } },
    input: closed({
      amount: whole,
      currency: text(),
      "note?": text(),
      "short?": text({ maxLength: 5 }),
      "euro?": { ...whole, "x-unit": "minor EUR" },
      "code?": text({ pattern: "^[ab]" }),
      "key?": { ...closed({ $secret: { type: "string", enum: ["stripe/test"] } }), "x-marks": ["secret"] },
    }),
    output: closed({ id: text() }),
  }),
  callableOf("shop.refund@2", { capability: "shop.write", input: closed({}), output: closed({}) }),
  callableOf("shop.refund@0", {
    capability: "shop.write",
    input: closed({}),
    output: closed({}),
    removeAfter: "2026-11-20",
  }),
  callableOf("shop.charge@1", {
    capability: "shop.write",
    effect: "unsafe",
    input: closed({ id: text() }),
    output: closed({}),
  }),
  callableOf("shop.secretive@1", { capability: "shop.admin", input: closed({}), output: closed({}) }),
  callableOf("shop.twisted@1", {
    capability: "shop.write",
    input: closed({}),
    output: closed({}),
    undo: { contract: "shop.refund@2", input: { id: { $from: "other", at: "" } } },
  }),
  callableOf("controlPlane.execution.approve@1", {
    capability: "shop.write",
    path: "control",
    input: closed({}),
    output: closed({}),
  }),
  callableOf("controlPlane.policy.activate@1", {
    capability: "shop.write",
    path: "gate",
    input: closed({}),
    output: closed({}),
  }),
  eventOf("shop.order.paid@1"),
  intentContractOf("shop.return@1", "1.0.0", {
    input: closed({ id: text(), "why?": text(), bulk: text() }),
    output: closed({ id: text() }),
  }),
  intentContractOf("shop.forever@1", "1.0.0", { input: closed({}), output: closed({}), deadline: "P91D" }),
])
const held = capabilitiesOf(shop).filter((capability) => capability !== "shop.admin")

const order = { key: "order", contract: "shop.order.get@1", input: {} }
const refund = (input: JsonObject, more: JsonObject = {}): JsonObject => ({
  key: "refund",
  contract: "shop.refund@1",
  input: { amount: 1, currency: "EUR", ...input },
  ...more,
})
const plain = { key: "plain", contract: "shop.refund@2" }
const from = (at: string, more: JsonObject = {}): JsonObject => ({ $from: "order", at, ...more })
const draftWith = (...steps: readonly Json[]): JsonObject => ({ format: "counterfoil.draft/1", steps })
const many = (count: number, make: (index: number) => JsonObject): readonly JsonObject[] =>
  Array.from({ length: count }, (_, index) => ({ ...plain, key: `s${index}`, ...make(index) }))
const when = (condition: Json): JsonObject => draftWith(order, { ...plain, when: condition })

const compile = (
  draft: Json | Uint8Array,
  more: Partial<PlanQuestion> = {},
): Result<CompiledPlan, readonly PlanRejection[]> =>
  compilePlan({ draft, origin: "draft", intent: null, contracts: shop, held, asOf: noon, ...more })
const asked = (ref: string, input: Json): Partial<PlanQuestion> => {
  const contract = shop.find(ref)
  return contract === undefined ? {} : { origin: "contract", intent: intentOf(contract, input) }
}
const intentWith = (ref: string, input: Json) => asked(ref, input)
const bytes = (source: string): Uint8Array => new TextEncoder().encode(source)
const nested = (depth: number): Json => (depth === 1 ? true : { not: nested(depth - 1) })
const manyEdges = (edges: number): readonly JsonObject[] => {
  // 40 steps that wait for nothing, and the rest waiting for as many of those as it takes.
  let left = edges
  return many(256, (index) => {
    const count = index < 40 ? 0 : Math.min(40, left)
    left -= count
    return { after: Array.from({ length: count }, (_, source) => `s${source}`) }
  })
}

// Gives a draft the output that the submitted contract asks for, where the output is beside the point.
const outputs: { readonly [ref: string]: Json } = {
  "shop.return@1": { id: "x" },
  "shop.forever@1": {},
  "controlPlane.policy.activate@1": { $from: "plain", at: "" },
}
function answering(draft: Json | Uint8Array, more: Partial<PlanQuestion> = {}): Json | Uint8Array {
  const ref = more.intent?.contract.ref
  if (
    ref === undefined ||
    draft === null ||
    typeof draft !== "object" ||
    draft instanceof Uint8Array ||
    isList(draft)
  )
    return draft
  return { ...draft, output: outputs[ref] ?? null }
}

type Case = readonly [RejectionCode, string, Json | Uint8Array, Partial<PlanQuestion>?]
const cases: readonly Case[] = [
  ["DRAFT_NOT_JSON", "/steps", bytes('{"steps":[],"steps":[]}')],
  ["DRAFT_TOO_LARGE", "", bytes(`{"format":"${"x".repeat(300 * 1024)}"}`)],
  ["DRAFT_SHAPE", "/steps", { format: "counterfoil.draft/1", steps: {} }],
  ["DRAFT_SHAPE", "/steps/0/wait", draftWith({ ...plain, wait: 1 })],
  ["DRAFT_SHAPE", "/steps/0/because", draftWith({ ...plain, because: "x".repeat(281) })],
  ["DRAFT_FORBIDDEN_FIELD", "/steps/0/approved", draftWith({ ...plain, approved: true })],
  ["DRAFT_FORBIDDEN_FIELD", "/steps/0/tier", draftWith({ ...plain, tier: "low" })],
  ["DRAFT_FORBIDDEN_FIELD", "/on_behalf_of", { ...draftWith(plain), on_behalf_of: "mia" }],
  ["FORMAT_UNSUPPORTED", "/format", { ...draftWith(plain), format: "counterfoil.draft/9" }],
  ["NO_STEPS", "/steps", draftWith()],
  ["TOO_MANY_STEPS", "/steps", draftWith(...many(257, () => ({})))],
  ["KEY_INVALID", "/steps/0/key", draftWith({ ...plain, key: "Refund!" })],
  ["KEY_INVALID", "/steps/0/key", draftWith({ ...plain, key: "intent" })],
  ["KEY_DUPLICATE", "/steps/1/key", draftWith(plain, plain)],
  ["DEPENDENCY_UNKNOWN", "/steps/1/after/0", draftWith(order, { ...plain, after: ["ordre"] })],
  [
    "CYCLE",
    "/steps/0",
    draftWith({ ...plain, key: "a", after: ["b"] }, { ...plain, key: "b", after: ["a"] }),
  ],
  [
    "TOO_DEEP",
    "/steps/64",
    draftWith(...many(65, (index) => (index === 0 ? {} : { after: [`s${index - 1}`] }))),
  ],
  ["TOO_MANY_EDGES", "/steps", draftWith(...manyEdges(2_049))],
  ["CONTRACT_UNKNOWN", "/steps/0/contract", draftWith({ ...plain, contract: "shop.refnd@1" })],
  ["CONTRACT_VERSION", "/steps/0/contract", draftWith({ ...plain, contract: "shop.refund@3" })],
  ["CONTRACT_RETIRED", "/steps/0/contract", draftWith({ ...plain, contract: "shop.refund@0" })],
  ["CONTRACT_NOT_INVOCABLE", "/steps/0/contract", draftWith({ ...plain, contract: "shop.order.paid@1" })],
  ["CONTRACT_NOT_INVOCABLE", "/steps/0/contract", draftWith({ ...plain, contract: "shop.return@1" })],
  [
    "CONTRACT_CONTROL",
    "/steps/0/contract",
    draftWith({ ...plain, contract: "controlPlane.execution.approve@1" }),
  ],
  [
    "CONTRACT_CONTROL",
    "/steps/0/contract",
    draftWith({ ...plain, contract: "controlPlane.policy.activate@1" }),
  ],
  ["INPUT_INVALID", "/steps/0/input/amount", draftWith(refund({ amount: "4200" }))],
  ["INPUT_MISSING", "/steps/0/input/currency", draftWith({ ...refund({}), input: { amount: 1 } })],
  ["INPUT_UNKNOWN_FIELD", "/steps/0/input/ammount", draftWith(refund({ ammount: 4200 }))],
  ["SECRET_LITERAL", "/steps/0/input/key", draftWith(refund({ key: "sk_live_1" }))],
  ["SECRET_UNKNOWN", "/steps/0/input/key", draftWith(refund({ key: { $secret: "stripe/live" } }))],
  ["SECRET_MISPLACED", "/steps/0/input/note", draftWith(refund({ note: { $secret: "stripe/test" } }))],
  ["REF_SHAPE", "/steps/1/input/currency", draftWith(order, refund({ currency: { $from: "order" } }))],
  ["REF_SHAPE", "/steps/1/input/currency", draftWith(order, refund({ currency: from("id") }))],
  ["REF_SHAPE", "/steps/1/input/currency", draftWith(order, refund({ currency: from("/lines/-") }))],
  [
    "REF_UNKNOWN_STEP",
    "/steps/1/input/currency",
    draftWith(order, refund({ currency: { $from: "ordre", at: "/id" } })),
  ],
  [
    "REF_UNKNOWN_STEP",
    "/steps/0/input/currency",
    draftWith(refund({ currency: { $from: "intent", at: "/id" } })),
  ],
  ["REF_SELF", "/steps/0/input/currency", draftWith(refund({ currency: { $from: "refund", at: "/id" } }))],
  ["REF_POINTER", "/steps/1/input/currency", draftWith(order, refund({ currency: from("/ids") }))],
  [
    "REF_POINTER",
    "/steps/0/input/currency",
    draftWith(refund({ currency: { $from: "intent", at: "/ids" } })),
    intentWith("shop.return@1", { id: "x", bulk: "" }),
  ],
  ["REF_TYPE", "/steps/1/input/amount", draftWith(order, refund({ amount: from("/id") }))],
  ["REF_TYPE", "/steps/1/input/short", draftWith(order, refund({ short: from("/id") }))],
  ["REF_OPTIONAL", "/steps/1/input/currency", draftWith(order, refund({ currency: from("/email") }))],
  ["REF_UNIT", "/steps/1/input/euro", draftWith(order, refund({ euro: from("/total") }))],
  ["REF_SENSITIVE", "/steps/1/input/currency", draftWith(order, refund({ currency: from("/phone") }))],
  [
    "REF_SENSITIVE",
    "/steps/1/input/currency",
    draftWith(order, refund({ currency: { $text: ["call ", from("/phone")] } })),
  ],
  ["REF_SENSITIVE", "/steps/1/input/key", draftWith(order, refund({ key: from("/id") }))],
  ["REF_UNDECIDABLE", "/steps/1/input/code", draftWith(order, refund({ code: from("/code") }))],
  [
    "REF_FANOUT",
    "/steps/1/input/currency",
    draftWith({ ...order, each: { over: [1], max: 1 } }, refund({ currency: from("/id") })),
  ],
  ["REF_FANOUT", "/steps/0/input/currency", draftWith(refund({ currency: { $item: "" } }))],
  [
    "TEXT_INVALID",
    "/steps/1/input/currency/$text/1",
    draftWith(order, refund({ currency: { $text: ["x", { a: 1 }] } })),
  ],
  [
    "TEXT_INVALID",
    "/steps/1/input/currency/$text/0",
    draftWith(order, refund({ currency: { $text: [from("/lines")] } })),
  ],
  [
    "TEXT_INVALID",
    "/steps/0/input/currency",
    draftWith(refund({ currency: { $text: Array.from({ length: 33 }, () => "x") } })),
  ],
  ["CONDITION_SHAPE", "/steps/1/when/matches", when({ matches: ["a", "b"] })],
  [
    "CONDITION_SHAPE",
    "/steps/1/when/in/1",
    when({ in: [from("/id"), Array.from({ length: 101 }, () => 1)] }),
  ],
  ["CONDITION_TYPE", "/steps/1/when/lt", when({ lt: [from("/paid"), from("/paid")] })],
  ["CONDITION_TYPE", "/steps/1/when/lt", when({ lt: [from("/amount"), from("/at")] })],
  ["CONDITION_TOO_LARGE", "/steps/1/when", when(nested(9))],
  ["CONDITION_TOO_LARGE", "/steps/1/when", when({ all: Array.from({ length: 64 }, () => true) })],
  ["EACH_NOT_ARRAY", "/steps/1/each/over", draftWith(order, { ...plain, each: { over: from(""), max: 5 } })],
  [
    "EACH_NOT_ARRAY",
    "/steps/1/each/over",
    draftWith(order, { ...plain, each: { over: from("/grid"), max: 5 } }),
  ],
  ["EACH_UNBOUNDED", "/steps/1/each", draftWith(order, { ...plain, each: { over: from("/lines") } })],
  [
    "EACH_UNBOUNDED",
    "/steps/1/each/max",
    draftWith(order, { ...plain, each: { over: from("/lines"), max: 5_000 } }),
  ],
  [
    "INSTANCES_EXCEEDED",
    "/steps",
    draftWith(order, ...many(3, () => ({ each: { over: from("/lines"), max: 1_000 } }))),
  ],
  ["UNDO_UNAVAILABLE", "/steps/0/undo", draftWith({ ...plain, undo: true })],
  ["UNDO_INVALID", "/steps/0/undo", draftWith(refund({}, { undo: true }))],
  ["UNDO_INVALID", "/steps/0/undo", draftWith({ ...plain, contract: "shop.twisted@1", undo: true })],
  ["CAPABILITY_MISSING", "/steps/0/contract", draftWith({ ...plain, contract: "shop.secretive@1" })],
  [
    "OUTPUT_INVALID",
    "/output/id",
    { ...draftWith(order), output: { id: from("/amount") } },
    intentWith("shop.return@1", { id: "x", bulk: "" }),
  ],
  ["OUTPUT_INVALID", "/output", draftWith(order), intentWith("shop.return@1", { id: "x", bulk: "" })],
  [
    "PLAN_TOO_LARGE",
    "",
    draftWith(
      ...many(10, () => ({ ...refund({ note: { $from: "intent", at: "/bulk" } }), key: "x" })).map(
        (step, index) => ({ ...step, key: `s${index}` }),
      ),
    ),
    { ...intentWith("shop.return@1", { id: "x", bulk: "b".repeat(60_000) }) },
  ],
  [
    "LIMIT_EXCEEDED",
    "/steps/1",
    when({ all: Array.from({ length: 33 }, () => ({ eq: [from("/id"), from("/email")] })) }),
  ],
  ["LIMIT_EXCEEDED", "", draftWith(order), intentWith("shop.forever@1", {})],
]

describe("a draft is rejected with", () => {
  for (const [code, at, draft, more] of cases) {
    test(`${code} at ${JSON.stringify(at)}, as case ${cases.findIndex((one) => one[2] === draft)}`, () => {
      const compiled = compile(code === "OUTPUT_INVALID" ? draft : answering(draft, more), more)
      expect(compiled.ok ? "a plan" : compiled.error.map((one) => [one.code, one.at])).toEqual([[code, at]])
    })
  }

  test("every code but those of skills, interpreters and plan functions", () => {
    const elsewhere = ["SKILL_UNAVAILABLE", "INTENT_UNCLEAR", "INTENT_NO_CONTRACT", "PLAN_FUNCTION_FAILED"]
    const reached = new Set<string>(cases.map(([code]) => code))
    expect(RejectionCode.options.filter((code) => !reached.has(code))).toEqual(
      RejectionCode.options.filter((code) => elsewhere.includes(code)),
    )
  })

  test("help that names what was probably meant", () => {
    const helpOf = (draft: Json) => {
      const compiled = compile(draft)
      return compiled.ok ? null : compiled.error[0]?.help
    }
    expect(helpOf(draftWith(order, { ...plain, after: ["ordre"] }))).toBe("Did you mean order?")
    expect(helpOf(draftWith({ ...plain, contract: "shop.refnd@1" }))).toBe(
      "Did you mean shop.refund@1, shop.refund@0, shop.refund@2?",
    )
    expect(helpOf(draftWith(refund({ ammount: 4200 })))).toBe("Did you mean amount?")
    expect(helpOf(draftWith(order, refund({ currency: from("/ids") })))).toBe("Did you mean id?")
  })

  test("all rejections of one stage, sorted, and none of a later one", () => {
    const compiled = compile(
      draftWith(refund({ amount: "x", ammount: 1 }), {
        ...plain,
        key: "b",
        contract: "shop.refund@2",
        input: { z: 1, a: 1 },
      }),
    )
    expect(compiled.ok || compiled.error.map((one) => `${one.code} ${one.at}`)).toEqual([
      "INPUT_UNKNOWN_FIELD /steps/0/input/ammount",
      "INPUT_INVALID /steps/0/input/amount",
      "INPUT_UNKNOWN_FIELD /steps/1/input/a",
      "INPUT_UNKNOWN_FIELD /steps/1/input/z",
    ])
    const early = compile(
      draftWith({ ...plain, key: "A" }, { ...refund({ amount: "x" }), contract: "shop.none@1" }),
    )
    expect(early.ok || early.error.map((one) => one.code)).toEqual(["KEY_INVALID"])
  })

  test("at most a hundred rejections", () => {
    const compiled = compile(draftWith(...many(150, () => ({ contract: "shop.none@1" }))))
    expect(compiled.ok || compiled.error.length).toBe(100)
  })
})

describe("INV-13 a secret field that was asked for directly", () => {
  const direct = (key: Json) => {
    const input = { amount: 1, currency: "x", key }
    const compiled = compile(singleStepDraft({ ref: ContractRef.parse("shop.refund@1") }, input))
    return compiled.ok ? "a plan" : compiled.error.map(({ code, at }) => [code, at])
  }

  test("takes the name of a declared secret", () => {
    expect(direct({ $secret: "stripe/test" })).toBe("a plan")
  })

  test("takes neither another name, nor a value, nor a reference", () => {
    const at = "/steps/0/input/key"
    expect(direct({ $secret: "stripe/live" })).toEqual([["SECRET_UNKNOWN", at]])
    expect(direct("sk_live_1")).toEqual([["SECRET_LITERAL", at]])
    expect(direct({ $literal: "sk_live_1" })).toEqual([["SECRET_LITERAL", at]])
    expect(direct({ $from: "call", at: "/id" })).toEqual([["REF_SENSITIVE", at]])
  })
})

describe("a limit holds at its edge", () => {
  const edges: readonly (readonly [string, Json, Partial<PlanQuestion>?])[] = [
    ["256 steps", draftWith(...many(256, () => ({})))],
    [
      "a path of 64 steps",
      draftWith(...many(64, (index) => (index === 0 ? {} : { after: [`s${index - 1}`] }))),
    ],
    ["2,048 edges", draftWith(...manyEdges(2_048))],
    ["a condition of depth 8", when(nested(8))],
    ["a condition of 64 nodes", when({ all: Array.from({ length: 63 }, () => true) })],
    [
      "64 references",
      when({ all: Array.from({ length: 32 }, () => ({ eq: [from("/id"), from("/email")] })) }),
    ],
    [
      "2,000 instances",
      draftWith({ ...order, each: { over: [1], max: 1_000 } }, { ...plain, each: { over: [1], max: 1_000 } }),
    ],
    ["32 parts of a text", draftWith(refund({ currency: { $text: Array.from({ length: 32 }, () => "x") } }))],
    ["280 characters of because", draftWith({ ...plain, because: "x".repeat(280) })],
    ["100 literals of in", when({ in: [from("/id"), Array.from({ length: 100 }, () => "x")] })],
    [
      "the last day of a contract",
      draftWith({ ...plain, contract: "shop.refund@0" }),
      { asOf: "2026-11-20T23:59:59.999Z" as PlanQuestion["asOf"] },
    ],
    [
      "a gate contract that was submitted itself",
      draftWith({ ...plain, contract: "controlPlane.policy.activate@1", input: {} }),
      intentWith("controlPlane.policy.activate@1", {}),
    ],
  ]
  for (const [title, draft, more] of edges) {
    test(title, () => {
      const compiled = compile(answering(draft, more), more)
      expect(compiled.ok ? "a plan" : compiled.error).toBe("a plan")
    })
  }
})

describe("a plan function is refused with PLAN_FUNCTION_FAILED", () => {
  const ref = shop.find("shop.return@1")?.ref
  const answer = (plan: () => never) =>
    ref === undefined ? null : interpretIntent({ contract: { ref, plan }, input: {} })
  const failed = { ok: false, error: [{ code: "PLAN_FUNCTION_FAILED", at: "" }] }

  test("when it throws, or answers no draft", () => {
    expect(
      answer(() => {
        throw new Error("no")
      }),
    ).toMatchObject(failed)
    expect(answer((() => ({ steps: 1 })) as () => never)).toMatchObject(failed)
  })

  test("when it answers twice differently", () => {
    let calls = 0
    expect(answer((() => ({ steps: [], output: { calls: ++calls } })) as () => never)).toMatchObject(failed)
  })
})
