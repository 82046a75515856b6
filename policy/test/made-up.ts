// Made-up rules, requests and sets of them, for properties and for the comparison with the oracle.
// Owns: the generators, and loading rules that the linter would refuse. Does not own: any expectation.

import fc from "fast-check"
import type { PolicyRequest, Tier, Time } from "@counterfoil/contracts"
import type { Deciding } from "../src/decide/decide.ts"
import { sliceOf } from "../src/decide/slice.ts"
import { openSliceCache } from "../src/decide/slice-cache.ts"
import { openReader } from "../src/engine/engine-memory.ts"
import { cedarText, type OracleRule, type Test } from "./oracle.ts"
import { readRules } from "../src/rules/read-rules.ts"
import type { Action } from "../src/schema/action.ts"
import { defaultPolicySource } from "../src/shipped/default-policy-source.ts"
import { engine, grantOf, ids, memberOf, now, outside, requestOf, setOf } from "./world.ts"

const base = setOf(defaultPolicySource())
/** The action of a refund: what the rules and requests below are about where nothing else is said. */
const refundAction = ((): Action => {
  const slice = base.slices.get(outside.refund.ref)
  if (slice === undefined) throw new Error("the refund has no slice")
  return slice.action
})()
const roles = ["support", "finance", "night-shift"] as const

const leaf: fc.Arbitrary<Test> = fc.oneof(
  fc.record({
    is: fc.constant("amount" as const),
    op: fc.constantFrom("<=", ">", "=="),
    than: fc.constantFrom(0, 1, 100, 5000),
  }),
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
    {
      arbitrary: fc.record({
        is: fc.constantFrom("and", "or"),
        left: tie("condition"),
        right: tie("condition"),
      }),
      weight: 2,
    },
  ),
}))
const nullable = <T>(...values: readonly T[]) => fc.constantFrom<T | null>(null, null, ...values)

/** A rule without its id. */
export const rule = (effect: "permit" | "forbid"): fc.Arbitrary<Omit<OracleRule, "id">> =>
  fc.record({
    effect: fc.constant(effect),
    tier: fc.constantFrom<Tier>("low", "low", "low", "low", "low", "medium", "high"),
    who: fc.oneof(
      fc.record({ kind: nullable("Human", "Agent"), role: nullable(...roles), id: fc.constant(null) }),
      fc.record({
        kind: fc.constant(null),
        role: fc.constant(null),
        id: fc.constantFrom(`Counterfoil::Human::"${ids.mia}"`, `Counterfoil::Agent::"${ids.bot}"`),
      }),
    ),
    action: nullable("effect.write", "class.keyed", "payments.refund@1", "crm.note.append@1", "path.step"),
    resourceKind: nullable("ledger"),
    when: fc.array(fc.record({ holds: fc.boolean(), test: condition }), { maxLength: 2 }),
  })
/** Rules with ids of their own. */
export const named = (list: readonly Omit<OracleRule, "id">[]): readonly OracleRule[] =>
  list.map((each, i) => ({ ...each, id: `tenant.rule-${i}` }))
/** One to seven permits and up to two forbids. */
export const rules = fc
  .tuple(fc.array(rule("permit"), { minLength: 1, maxLength: 7 }), fc.array(rule("forbid"), { maxLength: 2 }))
  .map(([permits, forbids]) => named([...permits, ...forbids]))

const roleSet = fc.subarray([...roles])
const member = (...names: readonly (keyof typeof ids)[]) =>
  fc
    .tuple(fc.constantFrom(...names), roleSet, fc.constantFrom(...Array.from({ length: 30 }, (_, i) => i)))
    .map(([name, held, luck]) => {
      const id = ids[name]
      const grants = luck === 0 ? [] : luck === 1 ? [grantOf(id, { expiresAt: now })] : [grantOf(id)]
      return memberOf(id, held, {
        grants,
        enabled: luck !== 2,
        owner: name === "bot" && luck > 9 ? (ids.mia as never) : null,
      })
    })
/** One caller, or an agent and the human it acts for; now and then without a grant, or disabled. */
export const chain = fc.oneof(
  fc.tuple(member("mia", "ana", "cron")),
  fc.tuple(member("bot"), member("mia", "ana")),
)
/** Everything of a request but its chain. */
export type Facts = (chain: PolicyRequest["chain"]) => PolicyRequest
/** Facts about a refund. */
export const facts: fc.Arbitrary<Facts> = fc
  .record({
    amount: fc.constantFrom(0, 1, 2, 100, 101, 9000),
    currency: fc.constantFrom("EUR", "USD"),
    taint: fc.constantFrom<readonly string[]>([], [], [], ["/amount"]),
    labels: fc.subarray(["vip", "bulk"]),
    channel: fc.constantFrom("http" as const, "slack" as const),
    hour: fc.constantFrom("05", "10", "22"),
    resource: fc.constantFrom(null, { kind: "ledger", id: "7" }, { kind: "record", id: "7" }),
    minimumMode: fc.constantFrom(
      "autonomous" as const,
      "autonomous" as const,
      "autonomous" as const,
      "assist" as const,
    ),
  })
  .map(
    ({ amount, currency, labels, channel, hour, ...given }) =>
      (chain) =>
        requestOf(
          outside.refund,
          { amount, currency },
          { ...given, chain, call: { labels, channel, now: `2026-11-21T${hour}:00:00.000Z` as Time } },
        ),
  )

/** A list of one length. */
export const exactly = <T>(each: fc.Arbitrary<T>, length: number) =>
  fc.array(each, { minLength: length, maxLength: length })

/** Rules as a set, past the linter: the oracle also speaks of rules that it would refuse. */
export function decidingOf(list: readonly OracleRule[], action: Action = refundAction): Deciding {
  const read = readRules(
    [{ layer: "tenant", name: "made-up.cedar", text: list.map(cedarText).join("\n") }],
    openReader(engine),
  )
  if (read.issues.length > 0) throw new Error(JSON.stringify(read.issues))
  const slices = new Map([[action.id, sliceOf(action, read.rules, base.digest)]])
  const digest = base.digest
  return {
    slices,
    modeMap: base.modeMap,
    cache: openSliceCache(engine),
    set: {
      policySetDigest: digest,
      schemaDigest: digest,
      modeMapDigest: digest,
      adapter: 1,
      engine: { name: "cedar-wasm", version: engine.version, digest },
    },
  }
}
/** The groups of the refund's action. */
export const { groups } = refundAction
