import { describe, expect, test } from "vitest"
import type { Json, PolicyRequest } from "@counterfoil/contracts"
import type { CedarEngine, CedarInstance } from "../engine/cedar-engine.ts"
import { openReader } from "../engine/engine-memory.ts"
import { lintPolicies } from "../lint-policies.ts"
import { readRules } from "../rules/read-rules.ts"
import { defaultPolicySource } from "../shipped/default-policy-source.ts"
import {
  engine,
  ids,
  memberOf,
  now,
  outside,
  registry,
  requestOf,
  setOf,
  sourceOf,
} from "../../test/world.ts"
import { decide, type Deciding } from "./decide.ts"
import { sliceOf } from "./slice.ts"
import { openSliceCache } from "./slice-cache.ts"
import { verdictDigestOf } from "./verdict.ts"

const refundScope = 'action == Counterfoil::Action::"payments.refund@1"'
const small = { amount: 5, currency: "EUR" }
const small2 = requestOf(outside.refund, small)
const tenantRule = (rule: string) =>
  sourceOf(
    `@id("tenant.any") @tier("low") @reason("refunds are allowed") permit (principal, ${refundScope}, resource);\n${rule}`,
  )
const shipped = setOf(defaultPolicySource())

/** A set whose text never passed the linter, as one that an older linter let through. */
function unlinted(text: string, using: CedarEngine = engine): Deciding {
  const { rules, issues } = readRules(sourceOf(text).texts, openReader(engine))
  if (issues.length > 0) throw new Error(JSON.stringify(issues))
  const digest = shipped.digest
  const slices = new Map(
    [...shipped.slices].map(([ref, { action }]) => [ref, sliceOf(action, rules, digest)]),
  )
  return {
    slices,
    modeMap: shipped.modeMap,
    cache: openSliceCache(using),
    set: {
      policySetDigest: digest,
      schemaDigest: digest,
      modeMapDigest: digest,
      adapter: 1,
      engine: { name: "cedar-wasm", version: "4.13.0", digest },
    },
  }
}
const permitAll = `@id("tenant.any") @tier("low") @reason("refunds are allowed") permit (principal, ${refundScope}, resource);`

describe("traps of the engine", () => {
  test("INV-04 a forbid that errors denies, although the engine skips it and says allow", () => {
    const overflowing = `${permitAll}\n@id("tenant.limit") @reason("no large refunds") forbid (principal, ${refundScope}, resource) when { context.input.amount * 9223372036854775807 > 10 };`
    const verdict = decide(unlinted(overflowing), small2)
    expect(verdict.core).toMatchObject({ decision: "deny", blockReason: "policyError" })
    expect(verdict.circumstances.errors).toMatchObject([{ ruleId: "tenant.limit" }])
  })

  test("the order in which the engine names reasons does not show in a verdict", () => {
    const rules = Array.from(
      { length: 6 },
      (_, i) =>
        `@id("tenant.more-${i}") @tier("low") @reason("refunds are allowed") permit (principal, ${refundScope}, resource);`,
    )
    const set = setOf(tenantRule(rules.join("\n")))
    expect(new Set(Array.from({ length: 200 }, () => verdictDigestOf(set.decide(small2)))).size).toBe(1)
  })

  test("a policy that can never match is refused, although the validator answers success", () => {
    const source = tenantRule(
      `@id("tenant.never") @tier("low") @reason("this can never hold") permit (principal, ${refundScope}, resource) when { context.input.amount > 1 && false };`,
    )
    expect(lintPolicies({ source, registry, engine, now })).toMatchObject([
      { code: "L07", ruleId: "tenant.never" },
    ])
  })

  test("of twelve policies the tenth keeps its own tier, and a duplicate id is refused", () => {
    const rule = (i: number) =>
      `@id("tenant.rule-${i}") @tier("${i === 10 ? "medium" : "low"}") @reason("one of twelve rules") permit (principal, ${refundScope}, resource) when { context.input.amount == ${i} };`
    const text = Array.from({ length: 12 }, (_, i) => rule(i)).join("\n")
    const set = setOf(sourceOf(text))
    expect(set.decide(requestOf(outside.refund, { ...small, amount: 10 })).core).toMatchObject({
      tier: "medium",
      determining: ["tenant.rule-10"],
    })
    expect(set.decide(requestOf(outside.refund, { ...small, amount: 2 })).core).toMatchObject({
      tier: "low",
      determining: ["tenant.rule-2"],
    })
    expect(lintPolicies({ source: sourceOf(`${text}\n${rule(3)}`), registry, engine, now })).toMatchObject([
      { code: "L03" },
    ])
  })

  test("INV-04 200 nested brackets are refused before the engine sees them, and the next decision is right", () => {
    const deep = tenantRule(
      `@id("tenant.deep") @tier("low") @reason("far too many brackets") permit (principal, ${refundScope}, resource) when { ${"(".repeat(200)}true${")".repeat(200)} };`,
    )
    expect(lintPolicies({ source: deep, registry, engine, now })).toMatchObject([{ code: "L14" }])
    expect(shipped.decide(small2).core.decision).toBe("allow")
  })

  test("INV-04 an instance that trapped denies once, is replaced, and the next decision is right", () => {
    let trap = true
    const poisoned: CedarEngine = {
      ...engine,
      open: () => {
        const instance = engine.open()
        return {
          ...instance,
          statefulIsAuthorized: (call) => {
            if (trap)
              instance.policyToJson(
                `permit(principal, action, resource) when { ${"(".repeat(400)}true${")".repeat(400)} };`,
              )
            return instance.statefulIsAuthorized(call)
          },
        }
      },
    }
    const set = setOf(defaultPolicySource(), poisoned)
    expect(set.decide(small2).core).toMatchObject({ decision: "deny", blockReason: "engineError" })
    trap = false
    expect(set.decide(small2).core.decision).toBe("allow")
  })

  test.each([
    ["a misspelt tier", '@tier("hgih")'],
    ["a bare tier", "@tier"],
    ["no tier", ""],
  ])("INV-04 %s counts as high where the linter did not see it", (_what, tier) => {
    const deciding = unlinted(permitAll.replace('@tier("low")', tier))
    expect(decide(deciding, small2).core).toMatchObject({
      decision: "hold",
      tier: "high",
      obligations: { assurance: "key" },
    })
  })

  test("INV-04 an entity forged in the input does not count as one: the request is denied", () => {
    const forged: Json = { amount: 5, currency: { "__entity": { type: "Counterfoil::Team", id: "owner" } } }
    expect(shipped.decide(requestOf(outside.refund, forged)).core).toMatchObject({
      decision: "deny",
      blockReason: "invalidRequest",
    })
    expect(
      shipped.decide(
        requestOf(outside.refund, {
          amount: 5,
          currency: '{"__entity":{"type":"Counterfoil::Team","id":"owner"}}',
        }),
      ).core.decision,
    ).toBe("allow")
  })

  test.each([
    ["disabled", memberOf(ids.mia, [], { enabled: false })],
    ["of another tenant", memberOf(ids.mia, [], { tenant: "other" as PolicyRequest["tenant"] })],
    ["of another kind than its id says", memberOf(ids.mia, [], { kind: "agent" })],
  ])("INV-04 a principal that is %s never reaches the engine", (_what, member) => {
    expect(shipped.decide(requestOf(outside.refund, small, { chain: [member] })).core).toMatchObject({
      decision: "deny",
      blockReason: "invalidRequest",
    })
    expect(shipped.decide({ ...small2, chain: [] }).core).toMatchObject({
      decision: "deny",
      blockReason: "invalidRequest",
    })
  })

  test.each([
    ["a fraction", 3.5],
    ["null", null],
    ["not a number", Number.NaN],
    ["a number above 2^53", 2 ** 53],
    ["a big integer", 5n],
    ["a lone surrogate", "\ud800"],
    ["undefined", undefined],
    ["a cycle", cycle()],
  ])("INV-04 %s in the input is denied", (_what, amount) => {
    const input: unknown = { amount, currency: "EUR" }
    expect(shipped.decide({ ...small2, input: input as PolicyRequest["input"] }).core).toMatchObject({
      decision: "deny",
      blockReason: "invalidRequest",
    })
  })

  test("INV-04 a contract that the schema does not know is denied", () => {
    const request = {
      ...small2,
      contract: { ...small2.contract, ref: "payments.refund@9" as PolicyRequest["contract"]["ref"] },
    }
    expect(shipped.decide(request).core).toMatchObject({ decision: "deny", blockReason: "invalidRequest" })
  })

  test("a deny names its forbids, and the floor", () => {
    const verdict = shipped.decide(requestOf(outside.refund, small, { chain: [memberOf(ids.hammer)] }))
    expect(verdict.core).toMatchObject({
      decision: "deny",
      blockReason: "forbidden",
      forbids: ["base.tools"],
      determining: [],
      obligations: null,
    })
  })
})

function cycle(): object {
  const self: { self?: object } = {}
  self.self = self
  return self
}

describe("an engine that fails", () => {
  const answers: readonly (readonly [string, (real: CedarInstance) => unknown])[] = [
    [
      "throws",
      () => {
        throw new Error("unreachable executed")
      },
    ],
    ["answers a failure", () => ({ type: "failure", errors: [], warnings: [] })],
    ["answers nothing", () => undefined],
    ["answers a text", () => "allow"],
    ["answers null", () => null],
    ["says allow without a reason", () => success("allow", [])],
    ["says allow because of a rule that does not exist", () => success("allow", ["tenant.nobody"])],
    ["says allow because of a forbid", () => success("allow", ["base.tenant"])],
    ["says maybe", () => success("maybe", ["start.write-repeatable"])],
    [
      "says allow and reports an error",
      () =>
        success(
          "allow",
          ["start.write-repeatable"],
          [{ policyId: "base.tenant", error: { message: "overflow" } }],
        ),
    ],
    [
      "says allow and reports an error that it cannot name",
      () => success("allow", ["start.write-repeatable"], [7]),
    ],
    ["says allow with reasons that are no list", () => success("allow", "start.write-repeatable")],
    ["says allow without diagnostics", () => ({ type: "success", response: { decision: "allow" } })],
  ]
  test.each(answers)("INV-04 that %s never allows", (_what, answer) => {
    const broken: CedarEngine = {
      ...engine,
      open: () => {
        const real = engine.open()
        return {
          ...real,
          statefulIsAuthorized: () => answer(real) as ReturnType<CedarInstance["statefulIsAuthorized"]>,
        }
      },
    }
    const verdict = setOf(defaultPolicySource(), broken).decide(small2)
    expect(verdict.core.decision).toBe("deny")
    expect(["engineError", "invalidRequest", "policyError"]).toContain(verdict.core.blockReason)
  })

  test("INV-04 that cannot be opened, or refuses the slice, never allows", () => {
    const shut: CedarEngine = {
      ...engine,
      open: () => {
        throw new Error("no memory")
      },
    }
    expect(decide(unlinted(permitAll, shut), small2).core).toMatchObject({
      decision: "deny",
      blockReason: "engineError",
    })
    const refusing: CedarEngine = {
      ...engine,
      open: () => ({ ...engine.open(), preparsePolicySet: () => ({ type: "failure", errors: [] }) }),
    }
    expect(decide(unlinted(permitAll, refusing), small2).core).toMatchObject({
      decision: "deny",
      blockReason: "engineError",
    })
  })

  test("INV-04 over a candidate refuses the candidate", () => {
    const broken: CedarEngine = {
      ...engine,
      open: () => ({
        ...engine.open(),
        validate: () => {
          throw new Error("trap")
        },
      }),
    }
    expect(lintPolicies({ source: defaultPolicySource(), registry, engine: broken, now })).toMatchObject([
      { code: "engine" },
    ])
  })
})

const success = (decision: string, reason: unknown, errors: unknown = []) => ({
  type: "success",
  response: { decision, diagnostics: { reason, errors } },
  warnings: [],
})
