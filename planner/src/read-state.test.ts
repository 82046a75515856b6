// The reading step that the compiler adds: always there, after everything that its step waits for, under a key of its own.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonical, type Json, type JsonObject, type Plan, type PlanStep } from "@counterfoil/contracts"
import { compilePlan, intentOf, type PlanQuestion } from "./compile-plan.ts"
import { singleStepDraft } from "./interpret-intent.ts"
import {
  callableOf,
  capabilitiesOf,
  closed,
  contractsOf,
  noon,
  text,
  type CallableParts,
} from "./testing/contracts.ts"

const state = closed({ tree: text() })
const act: CallableParts = {
  effect: "probeable",
  input: closed({
    "place": text(),
    "paths?": { type: "array", items: text() },
    "note?": text(),
    "state?": state,
  }),
  output: closed({ id: text(), list: { type: "array", items: text(), maxItems: 9 } }),
  observes: {
    contract: "b.read@1",
    input: { place: { $from: "input", at: "/place" }, paths: { $from: "input", at: "/paths" } },
    at: "/state",
  },
}
const shopOf = (acts: CallableParts = act) =>
  contractsOf([
    callableOf("b.act@1", acts),
    callableOf("b.read@1", {
      kind: "query",
      effect: "read",
      input: closed({ "place": text(), "paths?": { type: "array", items: text() } }),
      output: state,
    }),
    callableOf("b.write@1", {
      input: closed({ "id?": text() }),
      output: closed({ id: text(), list: { type: "array", items: text(), maxItems: 9 } }),
    }),
    callableOf("b.undone@1", {
      input: closed({}),
      output: closed({ id: text() }),
      undo: { contract: "b.act@1", input: { place: { $from: "output", at: "/id" } } },
    }),
  ])

const compiled = (steps: readonly JsonObject[], more: Partial<PlanQuestion> = {}, output: Json = null) =>
  compilePlan({
    draft: { format: "counterfoil.draft/1", steps, output },
    origin: "draft",
    intent: null,
    contracts: shopOf(),
    held: capabilitiesOf(shopOf()),
    asOf: noon,
    ...more,
  })
function planOf(...given: Parameters<typeof compiled>): Plan {
  const answer = compiled(...given)
  if (!answer.ok) throw new Error(canonical(answer.error.map(({ code, at }) => `${code} ${at}`)))
  return answer.value.plan
}
const refused = (...given: Parameters<typeof compiled>) => {
  const answer = compiled(...given)
  return answer.ok ? [] : answer.error.map(({ code, at }) => `${code} ${at}`)
}
const shown = ({ key, contract, input, needs, after }: PlanStep) => ({ key, contract, input, needs, after })

describe("a step that acts on outside state", () => {
  test("has read what it will act on, in the one spelling of its target", () => {
    const place = text({ "x-marks": ["path", "target"] })
    const fields = {
      "place": place,
      "paths?": { type: "array", items: text() },
      "note?": text(),
      "state?": state,
    }
    const [read, step] = planOf([{ key: "act", contract: "b.act@1", input: { place: "docs//./a.md" } }], {
      contracts: shopOf({ ...act, input: closed(fields) }),
    }).steps.toSorted((a, b) => (a.key > b.key ? -1 : 1))
    expect([read?.input, step?.input]).toEqual([
      { place: "docs/a.md" },
      { place: "docs/a.md", state: { $from: "act-state", at: "" } },
    ])
  })

  test("gets a step before it that reads the state, and its output in its input", () => {
    const plan = planOf([
      { key: "first", contract: "b.write@1" },
      { key: "late", contract: "b.write@1", after: ["first"] },
      {
        key: "act",
        contract: "b.act@1",
        input: { place: { $from: "first", at: "/id" }, note: "x" },
        after: ["late"],
      },
    ])
    expect(plan.steps.map(shown).slice(2)).toEqual([
      {
        key: "act-state",
        contract: "b.read@1",
        input: { place: { $from: "first", at: "/id" } },
        needs: ["first"],
        after: ["late"],
      },
      {
        key: "act",
        contract: "b.act@1",
        input: { note: "x", place: { $from: "first", at: "/id" }, state: { $from: "act-state", at: "" } },
        needs: ["act-state", "first"],
        after: ["late"],
      },
    ])
    expect(plan.bounds.instances).toBe(4)
  })

  test("that was asked for itself still answers what it answers", () => {
    const contract = callableOf("b.act@1", act)
    const input = { place: "here" }
    const pin = { ref: contract.ref, version: contract.version, digest: contract.digest }
    const answer = compilePlan({
      draft: singleStepDraft(contract, input),
      origin: "contract",
      intent: intentOf(pin, input),
      contracts: shopOf(),
      held: capabilitiesOf(shopOf()),
      asOf: noon,
    })
    expect(answer.ok && [answer.value.plan.output, answer.value.plan.steps.map(({ key }) => key)]).toEqual([
      { $from: "call", at: "" },
      ["call-state", "call"],
    ])
    // What was asked for is recorded as it was asked for: the compiler adds the step again in every replay.
    expect(answer.ok && answer.value.draft.steps.map(({ key }) => key)).toEqual(["call"])
  })

  test("keeps the state that a step of its draft reads, and gets no step", () => {
    const own = planOf([
      { key: "look", contract: "b.read@1", input: { place: "here" } },
      { key: "act", contract: "b.act@1", input: { place: "here", state: { $from: "look", at: "" } } },
    ])
    expect(own.steps.map(({ key }) => key)).toEqual(["look", "act"])
  })

  test("INV-02 is refused with a state that no step read, however the draft writes it", () => {
    const look = { key: "look", contract: "b.read@1", input: { place: "here" } }
    const echo = { key: "echo", contract: "b.echo@1" }
    const shop = shopOf()
    const contracts = contractsOf([
      ...shop.contracts.filter((contract) => contract.kind !== "intent" && contract.kind !== "event"),
      callableOf("b.echo@1", { input: closed({}), output: closed({ place: text(), state }) }),
    ])
    const each = { over: { $from: "first", at: "/list" }, max: 3 }
    const first = { key: "first", contract: "b.write@1" }
    const inputs: readonly JsonObject[] = [
      { input: { place: "here", state: { tree: "t" } } },
      { input: { place: "here", state: { $literal: { tree: "t" } } } },
      { input: { $literal: { place: "here", state: { tree: "t" } } } },
      { input: { place: "here", state: { tree: { $from: "look", at: "/tree" } } } },
      { input: { place: "here", state: { $from: "look", at: "", default: { tree: "t" } } } },
      { input: { place: "here", state: { $from: "echo", at: "/state" } } },
      { input: { $from: "echo", at: "" } },
      { input: { place: "here", state: { $item: "" } }, each },
      { input: { place: "here", state: null } },
    ]
    for (const more of inputs)
      expect(
        refused([look, echo, first, { key: "act", contract: "b.act@1", ...more }], { contracts }),
      ).toEqual(["INPUT_INVALID /steps/3/input/state"])
  })

  test("INV-02 that was submitted itself with a state is refused, with what to do instead", () => {
    const contract = callableOf("b.act@1", act)
    const input = { place: "here", state: { tree: "t" } }
    const pin = { ref: contract.ref, version: contract.version, digest: contract.digest }
    const answer = compilePlan({
      draft: singleStepDraft(contract, input),
      origin: "contract",
      intent: intentOf(pin, input),
      contracts: shopOf(),
      held: capabilitiesOf(shopOf()),
      asOf: noon,
    })
    expect(answer.ok ? [] : answer.error).toEqual([
      {
        code: "INPUT_INVALID",
        at: "/steps/0/input/state",
        message: "What b.act@1 acts on has to be read by a step of this plan that calls b.read@1.",
        help: "Leave the field out, and the plan gets that step, or refer to the whole output of such a step.",
      },
    ])
  })

  test("whose whole input is data has it read as well", () => {
    const plan = planOf([{ key: "act", contract: "b.act@1", input: { $literal: { place: "here" } } }])
    expect(plan.steps.map(({ key }) => key)).toEqual(["act-state", "act"])
  })

  test("reads under the condition of its step, so that nothing is read for what does not run", () => {
    const when = { eq: [{ $from: "first", at: "/id" }, "x"] }
    const [, read] = planOf([
      { key: "first", contract: "b.write@1" },
      { key: "act", contract: "b.act@1", input: { place: "here" }, when },
    ]).steps
    expect(read).toMatchObject({ key: "act-state", when, needs: ["first"] })
  })

  test("in a fan-out reads once where every instance acts on the same, and is refused where they differ", () => {
    const each = { over: { $from: "first", at: "/list" }, max: 3 }
    const first = { key: "first", contract: "b.write@1" }
    const same = { key: "act", contract: "b.act@1", each, input: { place: "here", note: { $item: "" } } }
    expect(planOf([first, same]).steps[1]).toMatchObject({ key: "act-state", each: null, after: ["first"] })
    const differ = { ...same, input: { place: { $text: ["at ", { $item: "" }] } } }
    expect(refused([first, differ])).toEqual(["REF_FANOUT /steps/1/input/state"])
  })

  test("has a key that no step has and that no reference names, for any keys of the draft", () => {
    const keys = planOf([
      { key: "act", contract: "b.act@1", input: { place: "here" } },
      { key: "act-state", contract: "b.write@1" },
      { key: "a".repeat(40), contract: "b.act@1", input: { place: "here" } },
    ]).steps.map(({ key }) => key)
    expect(keys).toEqual([`${"a".repeat(34)}-state`, "a".repeat(40), "act-state", "act-state-2", "act"])
    expect(
      refused([
        { key: "act", contract: "b.act@1", input: { place: "here" } },
        { key: "thief", contract: "b.write@1", input: { id: { $from: "act-state", at: "/tree" } } },
      ]),
    ).toEqual(["REF_UNKNOWN_STEP /steps/1/input/id"])
  })

  test("never compiles without the state in its input, however the draft writes it", () => {
    const first = { key: "first", contract: "b.act@1", input: { place: "here" } }
    const each = { over: { $from: "first", at: "/list" }, max: 3 }
    const inputs: readonly JsonObject[] = [
      { input: { $from: "first", at: "" } },
      { input: { $item: "" }, each },
      { input: { place: "here", state: { $from: "first", at: "/state" } } },
      { input: { place: "here", state: { $from: "first", at: "/id" } } },
      { input: { place: "here", state: null } },
    ]
    for (const more of inputs)
      expect(refused([first, { key: "act", contract: "b.act@1", ...more }]).length).toBeGreaterThan(0)
  })

  test("says what is wrong with its input once, at its own place", () => {
    expect(refused([{ key: "act", contract: "b.act@1", input: { place: 1 } }])).toEqual([
      "INPUT_INVALID /steps/0/input/place",
    ])
    expect(refused([{ key: "act", contract: "b.act@1", input: { place: "here" } }], { held: [] })).toEqual([
      "CAPABILITY_MISSING /steps/0/contract",
    ])
  })

  test("is refused where its query does not exist, is not a query, or answers something else", () => {
    const input = { place: "here" }
    const broken = (change: Partial<NonNullable<CallableParts["observes"]>>) =>
      refused([{ key: "act", contract: "b.act@1", input }], {
        contracts: shopOf({ ...act, observes: { contract: "b.read@1", input, at: "/state", ...change } }),
      })
    expect(broken({})).toEqual([])
    expect(broken({ contract: "b.gone@1" })).toEqual(["CONTRACT_UNKNOWN /steps/0/contract"])
    expect(broken({ contract: "b.write@1" })).toEqual(["CONTRACT_UNKNOWN /steps/0/contract"])
    expect(broken({ at: "/note" })).toEqual(["REF_TYPE /steps/0/input/note"])
    expect(broken({ input: { other: "x" } })).toEqual([
      "INPUT_UNKNOWN_FIELD /steps/0/input/other",
      "INPUT_MISSING /steps/0/input/place",
    ])
  })

  test("cannot be an undo: nothing reads for it when an undo runs", () => {
    expect(refused([{ key: "one", contract: "b.undone@1", undo: true }])).toEqual([
      "UNDO_INVALID /steps/0/undo",
    ])
  })

  test("is an undo where the contract that declares it says which state, and not the draft", () => {
    const declared = {
      contract: "b.act@1",
      input: { place: "here", state: { $from: "output", at: "/state" } },
    }
    const contracts = contractsOf([
      callableOf("b.act@1", act),
      callableOf("b.undone@1", { input: closed({}), output: closed({ state }), undo: declared }),
    ])
    const [step] = planOf([{ key: "one", contract: "b.undone@1", undo: true }], {
      contracts,
      held: capabilitiesOf(contracts),
    }).steps
    expect(step?.undo?.input).toEqual({ place: "here", state: { $from: "one", at: "/state" } })
  })

  test("counts with its reading step towards the limits of a plan", () => {
    const acts = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        key: `s${index}`,
        contract: "b.act@1",
        input: { place: "here" },
      }))
    expect(planOf(acts(128)).steps).toHaveLength(256)
    expect(refused(acts(129))).toEqual(["TOO_MANY_STEPS /steps"])
    const chain = (count: number) =>
      acts(count).map((step, index) => (index === 0 ? step : { ...step, after: [`s${index - 1}`] }))
    expect(planOf(chain(32)).steps).toHaveLength(64)
    expect(refused(chain(33))).toEqual(["TOO_DEEP /steps"])
  })

  test("INV-02 has its state read after everything that it waits for, in any plan", () => {
    const drafted = fc.array(fc.record({ acts: fc.boolean(), from: fc.array(fc.nat(), { maxLength: 3 }) }), {
      minLength: 1,
      maxLength: 9,
    })
    fc.assert(
      fc.property(drafted, (parts) => {
        const plan = planOf(
          parts.map(({ acts, from }, index) => ({
            key: `s${index}`,
            contract: acts ? "b.act@1" : "b.write@1",
            input: acts ? { place: "here" } : {},
            after: index === 0 ? [] : from.map((one) => `s${one % index}`),
          })),
        )
        for (const step of plan.steps.filter(({ contract }) => contract === "b.act@1")) {
          const read = plan.steps.find(({ key }) => step.needs.includes(key))
          expect(read).toMatchObject({ contract: "b.read@1" })
          expect([...(read?.needs ?? []), ...(read?.after ?? [])]).toEqual(step.after)
          expect(step.input).toMatchObject({ state: { $from: read?.key, at: "" } })
        }
      }),
      { numRuns: 200 },
    )
  })
})
