// The laws of the compiler over generated drafts. Each run is replayable: a failure prints its seed.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  canonical,
  canonicalBytes,
  parseJson,
  type Json,
  type JsonObject,
  Plan,
  type StepKey,
} from "@counterfoil/contracts"
import { compilePlan, type PlanQuestion } from "./compile-plan.ts"
import { callableOf, capabilitiesOf, closed, contractsOf, noon, text } from "./testing/contracts.ts"

const whole = { type: "integer", minimum: 0, maximum: 100 }
const shop = contractsOf([
  callableOf("a.read@1", {
    kind: "query",
    effect: "read",
    capability: "a.read",
    input: closed({ "id?": text(), "count?": whole }),
    output: closed({
      id: text(),
      count: whole,
      ok: { type: "boolean" },
      list: { type: "array", items: text() },
      mine: text({ "x-marks": ["trusted"] }),
      "maybe?": text(),
    }),
  }),
  callableOf("a.write@1", {
    capability: "a.write",
    effect: "keyed",
    undo: { contract: "a.undo@1", input: { id: { $from: "output", at: "/id" } } },
    input: closed({ id: text(), "count?": whole, "to?": text({ "x-marks": ["target"] }), "any?": {} }),
    output: closed({ id: text() }),
  }),
  callableOf("a.undo@1", { capability: "a.write", input: closed({ id: text() }), output: closed({}) }),
  callableOf("a.strong@1", {
    capability: "a.write",
    effect: "unsafe",
    irreversible: true,
    input: closed({ id: text() }),
    output: closed({ id: text() }),
  }),
])
const held = capabilitiesOf(shop)
const question = (draft: PlanQuestion["draft"]): PlanQuestion => ({
  draft,
  origin: "draft",
  intent: null,
  contracts: shop,
  held,
  asOf: noon,
})
const planOf = (draft: Json, more: Partial<PlanQuestion> = {}): Plan => {
  const compiled = compilePlan({ ...question(draft), ...more })
  if (!compiled.ok)
    throw new Error(canonical(compiled.error.map(({ code, at, message }) => ({ code, at, message }))))
  return compiled.value.plan
}
const digestOf = (draft: Json, more: Partial<PlanQuestion> = {}): string => {
  const compiled = compilePlan({ ...question(draft), ...more })
  return compiled.ok ? compiled.value.planDigest : "rejected"
}

/** A valid draft: reads first, then writes that refer to any earlier step, in every way that fits. */
const validDraft = fc
  .array(
    fc.record({
      kind: fc.nat(5),
      source: fc.nat(),
      other: fc.nat(),
      when: fc.nat(5),
      each: fc.nat(4),
      undo: fc.boolean(),
      because: fc.string({ maxLength: 20 }),
    }),
    { maxLength: 6 },
  )
  .map((parts) => {
    const steps: JsonObject[] = [{ key: "s0", contract: "a.read@1", input: { id: "x" } }]
    for (const [index, part] of parts.entries()) {
      const reads = steps.filter((step) => step["contract"] === "a.read@1" && step["each"] === undefined)
      const source = canonical(reads[part.source % reads.length]?.["key"] ?? "").slice(1, -1)
      const other = steps[part.other % steps.length]?.["key"] ?? ""
      const from = (at: string): JsonObject => ({ $from: source, at })
      const inputs: readonly JsonObject[] = [
        { id: from("/id") },
        { id: { $text: ["#", from("/count"), from("/ok")] }, to: from("/id") },
        { id: { $from: source, at: "/maybe", default: "none" }, count: from("/count") },
        { id: "x", to: from("/mine"), any: { deep: [from("/list"), { $literal: { $a: 1 } }] } },
        { id: "x", to: "literal" },
      ]
      const read = part.kind === 5
      steps.push({
        key: `s${index + 1}`,
        contract: read ? "a.read@1" : "a.write@1",
        because: part.because,
        after: [other],
        input: read ? { id: from("/id") } : (inputs[part.kind] ?? {}),
        ...(part.when === 0
          ? { when: { all: [true, { gt: [from("/count"), 5] }, { exists: from("/maybe") }] } }
          : {}),
        ...(part.each === 0 && !read ? { each: { over: from("/list"), max: 3 } } : {}),
        ...(part.undo && !read ? { undo: true } : {}),
      })
    }
    return { format: "counterfoil.draft/1", steps, output: { last: { $from: "s0", at: "/id" } } }
  })

const wild = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    "s0",
    "a.read@1",
    "intent",
    { $from: "s0", at: "/id" },
    { $from: "s1", at: "" },
    { $item: "/x" },
    { $index: true },
    { $text: [1] },
    { $secret: "x" },
    { $literal: { $from: 1 } },
    { eq: [1, 1] },
    { not: { not: null } },
    { over: [1, { $from: "s0", at: "/list" }], max: 2 },
    -1,
    1e300,
    null,
    [],
    {},
  ),
)
/** A draft with some of its places replaced by something else. */
const mutated = fc
  .tuple(validDraft, fc.array(fc.tuple(fc.nat(), wild), { maxLength: 3 }))
  .map(([draft, changes]) =>
    changes.reduce<Json>(
      (value, [place, made]) => replaced(value, { left: place % placesOf(value) }, jsonOf(made)),
      draft,
    ),
  )

function jsonOf(value: unknown): Json {
  const parsed = parseJson(new TextEncoder().encode(JSON.stringify(value)))
  return parsed.ok ? parsed.value : null
}
function placesOf(value: Json): number {
  return (
    1 +
    (typeof value === "object" && value !== null
      ? Object.values(value).reduce((sum: number, member: Json) => sum + placesOf(member), 0)
      : 0)
  )
}
function replaced(value: Json, counter: { left: number }, made: Json): Json {
  if (counter.left-- === 0) return made
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([key, member]): [string, Json] => [
    key,
    replaced(member, counter, made),
  ])
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries)
}

describe("the compiler", () => {
  test("is total: any draft gives a plan or at least one rejection, sorted", () => {
    let plans = 0
    fc.assert(
      fc.property(mutated, (draft) => {
        const compiled = compilePlan(question(draft))
        if (compiled.ok) plans += 1
        else {
          expect(compiled.error.length).toBeGreaterThan(0)
          const order = compiled.error.map(({ at, code }) => `${at}\u0000${code}`)
          expect(order).toEqual([...order].sort())
        }
      }),
      { numRuns: 8_000 },
    )
    // The generator reaches both answers, or this law says nothing.
    expect(plans).toBeGreaterThan(500)
  })

  test("is total over bytes", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 60 }),
          fc.string().map((source) => new TextEncoder().encode(source)),
          fc.json().map((source) => new TextEncoder().encode(source)),
        ),
        (source) => {
          const compiled = compilePlan(question(source))
          expect(compiled.ok || compiled.error.length > 0).toBe(true)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test("INV-08 gives one spelling: step order, key order, because and white space change nothing", () => {
    fc.assert(
      fc.property(validDraft, fc.array(fc.nat(), { minLength: 7, maxLength: 7 }), (draft, picks) => {
        const shuffled = {
          output: draft.output,
          steps: draft.steps
            .map((step, index) => ({ order: picks[index] ?? 0, step }))
            .sort((a, b) => a.order - b.order)
            .map(({ step }) => ({
              ...Object.fromEntries(Object.entries(step).reverse()),
              because: "another reason",
            })),
          format: draft.format,
        }
        const spaced = new TextEncoder().encode(JSON.stringify(shuffled, null, 3))
        expect(digestOf(shuffled)).toBe(digestOf(draft))
        expect(parseJson(spaced).ok && compilePlan(question(spaced))).toMatchObject({
          value: { planDigest: digestOf(draft) },
        })
      }),
      { numRuns: 300 },
    )
  })

  test("INV-08 compiles the draft of a plan to that plan", () => {
    fc.assert(
      fc.property(validDraft, (draft) => {
        const plan = planOf(draft)
        const again: Json = {
          format: "counterfoil.draft/1",
          output: plan.output,
          steps: plan.steps.map(({ key, contract, input, after, when, each, undo }) => ({
            key,
            contract,
            input,
            after,
            when: when ?? true,
            undo: undo !== null,
            ...(each === null ? {} : { each }),
          })),
        }
        expect(canonical(planOf(again))).toBe(canonical(plan))
      }),
      { numRuns: 300 },
    )
  })

  test("is sensitive: a literal, pointer, condition, bound, digest, origin or order is another plan", () => {
    const base = (change: JsonObject = {}, more: JsonObject = {}): Json => ({
      format: "counterfoil.draft/1",
      steps: [
        { key: "s0", contract: "a.read@1", input: { id: "x" } },
        { key: "s2", contract: "a.read@1", input: {} },
        {
          key: "s1",
          contract: "a.write@1",
          input: { id: { $from: "s0", at: "/id" }, count: 1 },
          when: { eq: [{ $from: "s0", at: "/ok" }, true] },
          ...change,
        },
      ],
      output: null,
      ...more,
    })
    const otherDigest = contractsOf(
      shop.contracts.map((contract) =>
        contract.ref === "a.write@1"
          ? { ...contract, digest: shop.contracts[0]?.digest ?? contract.digest }
          : contract,
      ),
    )
    const digests = [
      digestOf(base()),
      digestOf(base({ input: { id: { $from: "s0", at: "/id" }, count: 2 } })),
      digestOf(base({ input: { id: { $from: "s0", at: "/mine" }, count: 1 } })),
      digestOf(base({ when: { eq: [{ $from: "s0", at: "/ok" }, false] } })),
      digestOf(base({ when: true })),
      digestOf(base({ each: { over: { $from: "s0", at: "/list" }, max: 3 } })),
      digestOf(base({ each: { over: { $from: "s0", at: "/list" }, max: 4 } })),
      digestOf(base({ after: ["s2"] })),
      digestOf(base({ undo: true })),
      digestOf(base({}, { output: { $from: "s1", at: "" } })),
      digestOf(base(), { origin: "model" }),
      digestOf(base(), { contracts: otherDigest }),
    ]
    expect(digests).not.toContain("rejected")
    expect(new Set(digests).size).toBe(digests.length)
  })

  test("INV-09 lists steps in topological order, the smallest key first", () => {
    fc.assert(
      fc.property(validDraft, (draft) => {
        const placed = new Set<StepKey>()
        const open = new Map(planOf(draft).steps.map((step) => [step.key, step]))
        for (const step of planOf(draft).steps) {
          const ready = [...open.values()]
            .filter((one) => [...one.needs, ...one.after].every((key) => placed.has(key)))
            .map((one) => one.key)
          expect(step.key).toBe(ready.toSorted()[0])
          open.delete(step.key)
          placed.add(step.key)
        }
      }),
      { numRuns: 300 },
    )
  })

  test("INV-12 takes floor, capability, effect and pin from contracts alone, and from nothing else that a draft says", () => {
    fc.assert(
      fc.property(mutated, (draft) => {
        const compiled = compilePlan(question(draft))
        if (!compiled.ok) return
        for (const step of compiled.value.plan.steps) {
          const contract = shop.find(step.contract)
          const floors =
            step.contract === "a.strong@1" ? ["high"] : step.taint.length > 0 ? ["medium"] : ["low"]
          expect(floors).toContain(step.floor)
          expect(contract).toMatchObject({
            capability: step.capability,
            effect: step.effect,
            digest: step.contractDigest,
            version: step.version,
          })
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test("writes a plan that its own schema accepts, in canonical bytes", () => {
    fc.assert(
      fc.property(validDraft, (draft) => {
        const compiled = compilePlan(question(draft))
        expect(compiled.ok && compiled.value.planBytes).toEqual(canonicalBytes(planOf(draft)))
        expect(Plan.safeParse(planOf(draft)).success).toBe(true)
      }),
      { numRuns: 100 },
    )
  })
})

describe("taint", () => {
  const flows: readonly (readonly [string, Json, JsonObject, readonly string[]])[] = [
    ["an output into a target raises the floor once", { $from: "s0", at: "/id" }, {}, ["/to"]],
    ["a copy through text keeps it", { $text: ["to ", { $from: "s0", at: "/id" }] }, {}, ["/to"]],
    ["a default does not lose it", { $from: "s0", at: "/maybe", default: "me" }, {}, ["/to"]],
    [
      "an element of a fan-out keeps it",
      { $item: "" },
      { each: { over: { $from: "s0", at: "/list" }, max: 2 } },
      ["/to"],
    ],
    ["an intermediate step does not clean it", { $from: "s2", at: "/id" }, {}, ["/to"]],
    ["a trusted output has none", { $from: "s0", at: "/mine" }, {}, []],
    ["a trusted output in text has none", { $text: [{ $from: "s0", at: "/mine" }, "!"] }, {}, []],
    ["a caller's own literal has none", "me", {}, []],
    [
      "an index has none",
      { $text: [{ $index: true }] },
      { each: { over: { $from: "s0", at: "/list" }, max: 2 } },
      [],
    ],
  ]
  const draft = (to: Json, more: JsonObject): Json => ({
    format: "counterfoil.draft/1",
    steps: [
      { key: "s0", contract: "a.read@1", input: {} },
      { key: "s2", contract: "a.write@1", input: { id: { $from: "s0", at: "/id" } } },
      { key: "s1", contract: "a.write@1", input: { id: "x", to }, ...more },
    ],
  })
  test.each(flows)("INV-12 %s", (_title, to, more, taint) => {
    const step = planOf(draft(to, more)).steps.find(({ key }) => key === "s1")
    expect(step).toMatchObject({ taint, floor: taint.length === 0 ? "low" : "medium" })
  })

  test("INV-12 a literal that a model wrote is tainted, wherever it hides", () => {
    const hidden: readonly Json[] = [
      "me",
      { $text: ["me"] },
      { $from: "s0", at: "/mine", default: "me" },
      { $text: [{ $from: "s0", at: "/mine" }, "me"] },
    ]
    for (const to of hidden) {
      const step = planOf(draft(to, {}), { origin: "model" }).steps.find(({ key }) => key === "s1")
      expect(step).toMatchObject({ taint: ["/to"], floor: "medium" })
    }
  })
})
