import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { PolicyRequest, Tier, Time } from "@counterfoil/contracts"
import { decide, type Deciding } from "./decide/decide.ts"
import { sliceOf } from "./decide/slice.ts"
import { openSliceCache } from "./decide/slice-cache.ts"
import { cedarText, expected, type OracleRule, type Test } from "./oracle.test-kit.ts"
import { readRules } from "./rules/read-rules.ts"
import { defaultPolicySource } from "./shipped/default-policy-source.ts"
import { engine, grantOf, ids, memberOf, now, outside, requestOf, setOf } from "./world.test-kit.ts"

const base = setOf(defaultPolicySource())
const roles = ["support", "finance", "night-shift"] as const

const leaf: fc.Arbitrary<Test> = fc.oneof(
  fc.record({ is: fc.constant("amount" as const), op: fc.constantFrom("<=", ">", "=="), than: fc.constantFrom(0, 1, 100, 5000) }),
  fc.record({ is: fc.constant("currency" as const), equals: fc.constantFrom("EUR", "USD") }),
  fc.record({ is: fc.constant("channel" as const), equals: fc.constantFrom("http", "slack") }),
  fc.record({ is: fc.constant("label" as const), has: fc.constantFrom("vip", "bulk") }),
  fc.record({ is: fc.constant("hour" as const), below: fc.constantFrom(6, 20) }),
  fc.record({ is: fc.constantFrom("tainted", "overflow", "sameTenant", "forSelf", "owned") }),
  fc.record({ is: fc.constant("kind" as const), kind: fc.constantFrom("Human", "Agent") }),
  fc.record({ is: fc.constant("team" as const), role: fc.constantFrom(...roles) }),
)
const { condition } = fc.letrec<{ condition: Test }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: leaf, weight: 4 },
    { arbitrary: fc.record({ is: fc.constant("not" as const), of: tie("condition") }), weight: 1 },
    { arbitrary: fc.record({ is: fc.constantFrom("and", "or"), left: tie("condition"), right: tie("condition") }), weight: 2 },
  ),
}))
const nullable = <T>(...values: readonly T[]) => fc.constantFrom<T | null>(null, null, ...values)

const rule = (effect: "permit" | "forbid"): fc.Arbitrary<Omit<OracleRule, "id">> => fc.record({
  effect: fc.constant(effect),
  tier: fc.constantFrom<Tier>("low", "low", "low", "low", "low", "medium", "high"),
  who: fc.oneof(
    fc.record({ kind: nullable("Human", "Agent"), role: nullable(...roles), id: fc.constant(null) }),
    fc.record({ kind: fc.constant(null), role: fc.constant(null), id: fc.constantFrom(`Counterfoil::Human::"${ids.mia}"`, `Counterfoil::Agent::"${ids.bot}"`) }),
  ),
  action: nullable("effect.write", "class.keyed", "payments.refund@1", "crm.note.append@1", "path.step"),
  resourceKind: nullable("ledger"),
  when: fc.array(fc.record({ holds: fc.boolean(), test: condition }), { maxLength: 2 }),
})
const named = (list: readonly Omit<OracleRule, "id">[]): readonly OracleRule[] => list.map((each, i) => ({ ...each, id: `tenant.rule-${i}` }))
const rules = fc.tuple(fc.array(rule("permit"), { minLength: 1, maxLength: 7 }), fc.array(rule("forbid"), { maxLength: 2 })).map(([permits, forbids]) => named([...permits, ...forbids]))

const roleSet = fc.subarray([...roles])
const member = (...names: readonly (keyof typeof ids)[]) =>
  fc.tuple(fc.constantFrom(...names), roleSet, fc.constantFrom(...Array.from({ length: 30 }, (_, i) => i))).map(([name, held, luck]) => {
    const id = ids[name]
    const grants = luck === 0 ? [] : luck === 1 ? [grantOf(id, { expiresAt: now })] : [grantOf(id)]
    return memberOf(id, held, { grants, enabled: luck !== 2, owner: name === "bot" && luck > 9 ? (ids.mia as never) : null })
  })
const chain = fc.oneof(
  fc.tuple(member("mia", "ana", "cron")),
  fc.tuple(member("bot"), member("mia", "ana")),
)
type Facts = (chain: PolicyRequest["chain"]) => PolicyRequest
const facts: fc.Arbitrary<Facts> = fc.record({
  amount: fc.constantFrom(0, 1, 2, 100, 101, 9000),
  currency: fc.constantFrom("EUR", "USD"),
  taint: fc.constantFrom<readonly string[]>([], [], [], ["/amount"]),
  labels: fc.subarray(["vip", "bulk"]),
  channel: fc.constantFrom("http" as const, "slack" as const),
  hour: fc.constantFrom("05", "10", "22"),
  resource: fc.constantFrom(null, { kind: "ledger", id: "7" }, { kind: "record", id: "7" }),
  minimumMode: fc.constantFrom("autonomous" as const, "autonomous" as const, "autonomous" as const, "assist" as const),
}).map(({ amount, currency, labels, channel, hour, ...given }) => (chain) =>
  requestOf(outside.refund, { amount, currency }, { ...given, chain, call: { labels, channel, now: `2026-11-21T${hour}:00:00.000Z` as Time } }))

const exactly = <T>(each: fc.Arbitrary<T>, length: number) => fc.array(each, { minLength: length, maxLength: length })

/** Rules as a set, past the linter: the oracle also speaks of rules that it would refuse. */
function decidingOf(list: readonly OracleRule[]): Deciding {
  const read = readRules([{ layer: "tenant", name: "made-up.cedar", text: list.map(cedarText).join("\n") }], engine.open())
  if (read.issues.length > 0) throw new Error(JSON.stringify(read.issues))
  const slices = new Map([...base.slices].filter(([ref]) => ref === outside.refund.ref).map(([ref, { action }]) => [ref, sliceOf(action, read.rules, base.digest)]))
  const digest = base.digest
  return { slices, modeMap: base.modeMap, cache: openSliceCache(engine), set: { policySetDigest: digest, schemaDigest: digest, modeMapDigest: digest, adapter: 1, engine: { name: "cedar-wasm", version: engine.version, digest } } }
}
const groups = base.slices.get(outside.refund.ref)?.action.groups ?? []

describe("the adapter and an independent oracle", () => {
  test("INV-04 INV-05 agree on 100,000 random requests under random rules", { timeout: 120_000 }, () => {
    const seen = { allow: 0, hold: 0, deny: 0 }
    const sets = 125
    const chains = 20
    const calls = 40
    fc.assert(
      fc.property(rules, exactly(chain, chains), exactly(facts, calls), (list, who, what) => {
        const deciding = decidingOf(list)
        for (const each of who.flatMap((members) => what.map((factsOf) => factsOf(members)))) {
          const { core } = decide(deciding, each)
          const wanted = expected(list, each, groups)
          seen[core.decision] += 1
          const got = { decision: core.decision, because: core.blockReason, tier: core.decision === "deny" ? null : core.tier, rules: core.decision === "deny" ? core.forbids : core.determining }
          if (JSON.stringify(got) !== JSON.stringify(wanted)) expect({ ...got, rule: list.map(cedarText) }).toEqual({ ...wanted, rule: [] })
        }
      }),
      { numRuns: sets, seed: 20_261_121, endOnFailure: true },
    )
    expect(seen.allow + seen.hold + seen.deny).toBe(sets * chains * calls)
    // A generator that only ever made denials would prove nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5_000)
  })
})
