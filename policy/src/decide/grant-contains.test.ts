import { describe, expect, test } from "vitest"
import fc from "fast-check"
import { CapabilityName, ContractRef, GrantId, Time, type Grant } from "@counterfoil/contracts"
import { ids, memberOf, outside, requestOf } from "../../test/world.ts"
import { grantContains } from "./grant-contains.ts"
import { grantFor } from "./grants.ts"

const kinds = ["charge", "repository"]
const resourceIds = ["*", "a", "b", "a:*", "a:b"]
const contracts = ["payments.refund@1", "crm.note.append@1"].map((ref) => ContractRef.parse(ref))
const times = ["2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z", "2028-01-01T00:00:00.000Z"].map((at) =>
  Time.parse(at),
)
const capabilities = ["payments.write", "crm.write"].map((name) => CapabilityName.parse(name))
const maybe = <T>(values: readonly T[]) =>
  fc.option(fc.subarray([...values], { maxLength: Math.min(3, values.length) }), { nil: undefined })
const grant: fc.Arbitrary<Grant> = fc
  .record({
    capability: fc.constantFrom(...capabilities),
    expiresAt: fc.constantFrom(...times),
    level: fc.constantFrom("own" as const, "team" as const, "tenant" as const),
    contracts: maybe(contracts),
    resources: maybe(kinds.flatMap((kind) => resourceIds.map((id) => `${kind}:${id}`))),
  })
  .map(({ capability, expiresAt, level, contracts: refs, resources }) => ({
    grantId: GrantId.parse("grn_01kaz3v8g0e8r4n2t6w0y3b5d7"),
    principal: memberOf(ids.mia).id,
    capability,
    scope: {
      level,
      ...(refs === undefined ? {} : { contracts: refs }),
      ...(resources === undefined ? {} : { resources }),
    },
    source: "owner",
    expiresAt,
  }))

/** A grant within another one, made by narrowing it: most pairs at random contain nothing. */
const within = (held: Grant): fc.Arbitrary<Grant> =>
  grant.map((other) => ({
    ...held,
    expiresAt: other.expiresAt < held.expiresAt ? other.expiresAt : held.expiresAt,
    scope: {
      level: held.scope.level === "tenant" ? other.scope.level : held.scope.level,
      ...narrowed("contracts", held, other),
      ...narrowed("resources", held, other),
    },
  }))
function narrowed(field: "contracts" | "resources", held: Grant, other: Grant) {
  const [own, its] = [held.scope[field], other.scope[field]]
  const list =
    own === undefined ? its : its === undefined ? own : own.filter((one) => its.some((of) => of === one))
  return list === undefined ? {} : { [field]: list }
}
const request = fc
  .record({
    capability: fc.constantFrom(...capabilities),
    ref: fc.constantFrom(...contracts),
    resource: fc.option(fc.record({ kind: fc.constantFrom(...kinds), id: fc.constantFrom(...resourceIds) }), {
      nil: null,
    }),
    now: fc.constantFrom(Time.parse("2025-01-01T00:00:00.000Z"), ...times),
    object: fc.constantFrom(
      null,
      { owners: [memberOf(ids.mia).id], roles: [] },
      { owners: [], roles: [...memberOf(ids.mia, ["finance"]).roles] },
      { owners: [], roles: [] },
    ),
  })
  .map(({ capability, ref, resource, now, object }) => {
    const made = requestOf(outside.refund, {})
    return {
      ...made,
      capability,
      contract: { ...made.contract, ref },
      resource,
      object,
      call: { ...made.call, now },
    }
  })
const allows = (held: Grant, asked: Parameters<typeof grantFor>[1]): boolean =>
  grantFor({ ...memberOf(ids.mia, ["finance"]), grants: [held] }, asked) !== null

describe("a grant contained in another", () => {
  test("a grant contains itself, and what is contained in a contained grant is contained", () => {
    fc.assert(
      fc.property(
        grant.chain((a) => within(a).chain((b) => within(b).map((c) => [a, b, c] as const))),
        ([a, b, c]) => {
          expect(grantContains(a, a)).toBe(true)
          expect([grantContains(a, b), grantContains(b, c), grantContains(a, c)]).toEqual([true, true, true])
        },
      ),
    )
    fc.assert(
      fc.property(grant, grant, grant, (a, b, c) => {
        if (grantContains(a, b) && grantContains(b, c)) expect(grantContains(a, c)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })

  test("INV-04 everything that a contained grant allows, the one that contains it allows", () => {
    let allowed = 0
    const check = (held: Grant, given: Grant, asked: Parameters<typeof grantFor>[1]): void => {
      // Mostly about what the given one is for: what neither allows shows nothing.
      const fitting = { ...asked, capability: given.capability }
      if (!grantContains(held, given) || !allows(given, fitting)) return
      allowed += 1
      expect(allows(held, fitting)).toBe(true)
    }
    const pairs = grant.chain((held) => fc.tuple(fc.constant(held), within(held)))
    fc.assert(
      fc.property(pairs, request, ([held, given], asked) => {
        check(held, given, asked)
      }),
      { numRuns: 20_000 },
    )
    fc.assert(fc.property(grant, grant, request, check), { numRuns: 3_000 })
    expect(allowed).toBeGreaterThan(50)
  })

  const [day, year] = times as [Time, Time]
  const held = {
    capability: capabilities[0] as CapabilityName,
    expiresAt: day,
    scope: { level: "own" as const },
  }
  test.each([
    ["a later end", { ...held, expiresAt: year }],
    ["another capability", { ...held, capability: capabilities[1] as CapabilityName }],
    ["a wider level", { ...held, scope: { level: "tenant" as const } }],
  ])("%s is not contained", (_what, given) => {
    expect(grantContains(held, given)).toBe(false)
    expect(grantContains(held, held)).toBe(true)
  })

  test.each([
    ["all contracts in one of them", { contracts: contracts.slice(0, 1) }, {}],
    ["another contract", { contracts: contracts.slice(0, 1) }, { contracts: contracts.slice(1) }],
    ["all resources in one of them", { resources: ["charge:a"] }, {}],
    ["a kind in one of its resources", { resources: ["charge:a"] }, { resources: ["charge:*"] }],
    ["another kind", { resources: ["charge:*"] }, { resources: ["repository:a"] }],
    ["a kind whose name begins like it", { resources: ["charge:*"] }, { resources: ["chargeback:a"] }],
    ["an id that ends like a kind", { resources: ["charge:a:*"] }, { resources: ["charge:a:b"] }],
  ])("%s is not contained", (_what, narrow, wide) => {
    const scopeOf = (more: object) => ({ ...held, scope: { ...held.scope, ...more } })
    expect(grantContains(scopeOf(narrow), scopeOf(wide))).toBe(false)
    expect(grantContains(scopeOf({}), scopeOf(wide))).toBe(true)
  })
})
