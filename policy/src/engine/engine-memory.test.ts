import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { loadPolicySet } from "../policy-set.ts"
import { engine, now, registry, sourceOf } from "../../test/world.ts"
import type { CedarEngine } from "./cedar-engine.ts"
import { charactersMax, openReader } from "./engine-memory.ts"

const scope = 'principal, action == Counterfoil::Action::"payments.refund@1", resource'
const conditions = [
  "context.input.amount < 100",
  "context.input.amount < 200",
  "context.call.tainted",
  // What the validator, the linter and the parser find something in.
  "context.input.nothing == 1",
  'context.input.amount == "EUR"',
  "context.call.onBehalfOf == principal",
  "false",
  "context.input.amount * 3 > 10",
  "context.input.amount <",
]
const ruleOf = (id: number, when: string, effect = "permit"): string =>
  `@id("tenant.made-${id}") ${effect === "permit" ? '@tier("low") ' : ""}@reason("made up by a generator") ${effect} (${scope}) when { ${when} };`

/** The same engine with a memory of its own, which counts what it is asked. */
function counting() {
  const count = { opened: 0, read: 0, validated: [] as number[] }
  const counted: CedarEngine = {
    ...engine,
    open: () => {
      const instance = engine.open()
      count.opened += 1
      return {
        ...instance,
        policyToJson: (text) => {
          count.read += 1
          return instance.policyToJson(text)
        },
        validate: (schema, policies) => {
          count.validated.push(Object.keys(policies.staticPolicies ?? {}).length)
          return instance.validate(schema, policies)
        },
      }
    },
  }
  return { count, counted }
}

const load = (text: string, by: CedarEngine) => {
  const loaded = loadPolicySet({ source: sourceOf(text), registry, engine: by, now })
  return loaded.ok
    ? { digest: loaded.value.digest, rules: loaded.value.rules, slices: [...loaded.value.slices] }
    : { issues: loaded.error }
}

describe("the memory of an engine", () => {
  test("INV-04 changes nothing of what is said of a source, after any other texts", () => {
    const rule = fc.tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom(...conditions),
      fc.constantFrom("permit", "forbid"),
    )
    const { counted } = counting()
    const seen = { loaded: 0, refused: 0 }
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 3 }), (list) => {
        const text = list.map(([id, when, effect]) => ruleOf(id, when, effect)).join("\n")
        const said = load(text, counted)
        expect(said).toEqual(load(text, { ...engine }))
        seen["issues" in said ? "refused" : "loaded"] += 1
      }),
      { numRuns: 30, seed: 7 },
    )
    expect(Math.min(seen.loaded, seen.refused)).toBeGreaterThan(5)
  })

  test("costs the reading of the rule that is new, and no instance when none is", () => {
    const { count, counted } = counting()
    load(ruleOf(1, "context.input.amount < 100"), counted)
    const [all = 0] = count.validated
    expect(all).toBe(count.read)
    load(`${ruleOf(1, "context.input.amount < 100")}\n${ruleOf(2, "context.call.tainted")}`, counted)
    expect(count).toEqual({ opened: 2, read: all + 1, validated: [all, 1] })
    load(ruleOf(2, "context.call.tainted"), counted)
    expect(count.opened).toBe(2)
  })

  test("INV-04 holds nothing of a text that was refused, or in which something was found", () => {
    const { count, counted } = counting()
    const [unreadable, unsound] = [
      ruleOf(1, "context.input.amount <"),
      ruleOf(1, "context.input.nothing == 1"),
    ]
    for (const text of [unreadable, unreadable]) expect(load(text, counted)).toMatchObject({ issues: [{}] })
    const { read } = count
    for (const text of [unsound, unsound]) expect(load(text, counted)).toMatchObject({ issues: [{}] })
    expect(read).toBeGreaterThan(0)
    expect(count.validated.slice(-2)).toEqual([1, 1])
    expect(count.opened).toBe(4)
  })

  test("INV-04 cannot be changed by who reads it", () => {
    const answer = openReader({ ...engine }).policyToJson("permit (principal, action, resource);")
    if (answer.type === "failure") throw new Error("the engine refused it")
    expect(() => Object.assign(answer.json, { effect: "forbid" })).toThrow(TypeError)
    expect(() => answer.json.conditions.push({ kind: "when", body: { Value: true } })).toThrow(TypeError)
  })

  test("is bounded: what is read after very many texts is read anew", () => {
    const { count, counted } = counting()
    const reader = openReader(counted)
    const first = "permit (principal, action, resource);"
    const long = (i: number): string => `//${" ".repeat(charactersMax / 4)}${i}\n${first}`
    reader.policyToJson(first)
    reader.policyToJson(first)
    expect(count.read).toBe(1)
    for (let i = 0; i < 4; i++) reader.policyToJson(long(i))
    reader.policyToJson(first)
    expect(count.read).toBe(6)
  })
})
