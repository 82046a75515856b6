import { describe, expect, test } from "vitest"
import {
  ContractPin,
  defaultModeMap,
  type Grant,
  type HumanId,
  type ModeMap,
  type PolicyRequest,
  type Time,
} from "@counterfoil/contracts"
import { defaultPolicySource } from "../shipped/default-policy-source.ts"
import { grantOf, ids, memberOf, now, outside, requestOf, setOf, sourceOf } from "../../test/world.ts"
import { verdictDigestOf } from "./verdict.ts"

const small = { amount: 5, currency: "EUR" }
const rules = `
@id("tenant.refund-small") @tier("low") @reason("support may refund up to 50.00")
permit (principal in Counterfoil::Team::"support", action == Counterfoil::Action::"payments.refund@1", resource)
when { context.input.amount <= 5000 && context.input.currency == "EUR" };

@id("tenant.refund-review") @tier("medium") @reason("a refund over 50.00 needs finance and support")
@approve("finance:1, support-lead:1") @assurance("stepUp") @timeout("PT4H") @on_timeout("escalate") @escalate_to("cfo")
permit (principal in Counterfoil::Team::"support", action == Counterfoil::Action::"payments.refund@1", resource)
when { context.input.amount > 5000 && context.input.amount <= 500000 && context.input.currency == "EUR" };
`
const set = setOf(sourceOf(rules))
const mapped = (given: Partial<ModeMap>) =>
  setOf({ ...defaultPolicySource(), modeMap: { ...defaultModeMap, ...given } })

describe("tiers and obligations", () => {
  test("a small refund is allowed, a larger one asks for the people its rule names, a huge one is denied", () => {
    expect(set.decide(requestOf(outside.refund, small)).core).toMatchObject({
      decision: "allow",
      tier: "low",
      determining: ["tenant.refund-small"],
      obligations: null,
    })
    expect(set.decide(requestOf(outside.refund, { ...small, amount: 9000 })).core).toMatchObject({
      decision: "hold",
      tier: "medium",
      determining: ["tenant.refund-review"],
      obligations: {
        quorum: [
          { role: "finance", count: 1 },
          { role: "support-lead", count: 1 },
        ],
        assurance: "stepUp",
        timeouts: ["PT4H", "PT4H"],
        onTimeout: "escalate",
        escalateTo: ["cfo"],
      },
    })
    expect(set.decide(requestOf(outside.refund, { ...small, amount: 900_000 })).core).toMatchObject({
      decision: "deny",
      blockReason: "noMatch",
    })
  })

  test("a chain only narrows: all members must be allowed", () => {
    const support = memberOf(ids.mia, ["support"])
    expect(
      set.decide(requestOf(outside.refund, small, { chain: [memberOf(ids.bot), support] })).core,
    ).toMatchObject({ decision: "deny", blockReason: "noMatch" })
    expect(
      set.decide(requestOf(outside.refund, small, { chain: [memberOf(ids.bot, ["support"]), support] })).core
        .decision,
    ).toBe("allow")
  })

  test("INV-05 tier high takes two people and a key, even where a permit asks for less", () => {
    const weak = setOf(
      sourceOf(
        '@id("tenant.wire") @tier("medium") @reason("one person is enough") @approve("finance:1") @assurance("chat") @timeout("P30D") @on_timeout("escalate") @escalate_to("cfo") @bulk("yes") permit (principal, action == Counterfoil::Action::"bank.wire.send@1", resource);',
      ),
    )
    expect(weak.decide(requestOf(outside.wire, { amount: 1 })).core).toMatchObject({
      decision: "hold",
      tier: "high",
      obligations: {
        quorum: [
          { role: "approver", count: 1 },
          { role: "finance", count: 1 },
        ],
        assurance: "key",
        timeouts: ["PT24H"],
        onTimeout: "expire",
        escalateTo: [],
        bulk: false,
        exclude: ["agentOwner"],
        grace: "PT5S",
      },
    })
  })

  test("taint raises the floor", () => {
    const verdict = mapped({}).decide(requestOf(outside.refund, small, { taint: ["/currency"] }))
    expect(verdict.core).toMatchObject({
      decision: "hold",
      tier: "medium",
      determining: ["start.tainted", "start.write-repeatable"],
    })
  })
})

describe("modes", () => {
  test("minimumMode and overrides make a low step wait for a person", () => {
    for (const verdict of [
      mapped({}).decide(requestOf(outside.refund, small, { minimumMode: "assist" })),
      mapped({ overrides: [{ channel: "http", low: "assist" }] }).decide(requestOf(outside.refund, small)),
    ])
      expect(verdict.core).toMatchObject({
        decision: "hold",
        tier: "low",
        mode: "assist",
        obligations: { quorum: [{ role: "approver", count: 1 }] },
      })
  })

  test("a blocked mode denies, and an override for another channel does not count", () => {
    expect(
      mapped({ overrides: [{ environment: "production" as never, low: "blocked" }] }).decide(
        requestOf(outside.refund, small),
      ).core,
    ).toMatchObject({ decision: "deny", blockReason: "modeBlocked", tier: "low" })
    expect(
      mapped({ overrides: [{ channel: "slack", low: "blocked" }] }).decide(requestOf(outside.refund, small))
        .core.decision,
    ).toBe("allow")
  })

  test("an exception lets a medium step run until it lapses, unless a permit asks for people", () => {
    const until = (expires: string) =>
      mapped({
        exceptions: [
          {
            contract: outside.commit.ref,
            medium: "autonomous",
            owner: "git",
            reason: "the probe is good",
            expires: expires as Time,
          },
        ],
      })
    const request = requestOf(outside.commit, { branch: "main" })
    expect(until("2026-12-31T00:00:00.000Z").decide(request).core).toMatchObject({
      decision: "allow",
      tier: "medium",
      mode: "autonomous",
    })
    expect(until(now).decide(request).core.decision).toBe("hold")
    expect(until("2026-12-31T00:00:00.000Z").decide(requestOf(outside.tag, {})).core.decision).toBe("hold")
  })
})

describe("grants", () => {
  const decideWith = (given: Partial<Grant>, request: Partial<PolicyRequest> = {}) =>
    mapped({}).decide(
      requestOf(
        outside.purge,
        { id: "r-7" },
        {
          resource: { kind: "record", id: "r-7" },
          ...request,
          chain: [memberOf(ids.mia, ["support"], { grants: [grantOf(ids.mia, given)] })],
        },
      ),
    ).core.blockReason

  test("INV-04 without a grant, or with one that ended, nothing is decided", () => {
    expect(decideWith({})).toBeNull()
    expect(decideWith({ expiresAt: now })).toBe("grantMissing")
    expect(decideWith({ principal: memberOf(ids.ana).id })).toBe("grantMissing")
    expect(
      mapped({}).decide(requestOf(outside.refund, small, { chain: [memberOf(ids.mia, [], { grants: [] })] }))
        .core.blockReason,
    ).toBe("grantMissing")
  })

  test("a grant reaches the contracts and resources it names, exact ids or one kind", () => {
    expect(decideWith({ scope: { level: "tenant", contracts: [outside.purge.ref] } })).toBeNull()
    expect(decideWith({ scope: { level: "tenant", contracts: [outside.refund.ref] } })).toBe("grantMissing")
    for (const resource of ["record:r-7", "record:*"])
      expect(decideWith({ scope: { level: "tenant", resources: [resource] } })).toBeNull()
    for (const resource of ["record:r-8", "record:r*", "*", "ledger:*"])
      expect(decideWith({ scope: { level: "tenant", resources: [resource] } })).toBe("grantMissing")
    expect(decideWith({ scope: { level: "tenant", resources: ["record:*"] } }, { resource: null })).toBe(
      "grantMissing",
    )
  })

  test("own reaches one's own objects, team those of a shared role, tenant all", () => {
    const object = { owners: [memberOf(ids.ana).id], roles: ["support"] as never }
    const mine = { owners: [memberOf(ids.mia).id], roles: [] }
    expect(decideWith({ scope: { level: "own" } }, { object: mine })).toBeNull()
    expect(decideWith({ scope: { level: "own" } }, { object })).toBe("grantMissing")
    expect(decideWith({ scope: { level: "team" } }, { object })).toBeNull()
    expect(
      decideWith({ scope: { level: "team" } }, { object: { ...object, roles: ["finance"] as never } }),
    ).toBe("grantMissing")
    expect(decideWith({ scope: { level: "tenant" } }, { object: { ...object, roles: [] } })).toBeNull()
  })
})

describe("break-glass", () => {
  const breakGlass = {
    breakGlassId: "bgl_01kaz3v8g0e8r4n2t6w0y3b5da",
    holder: ids.mia as HumanId,
    expiresAt: "2026-11-21T11:00:00.000Z" as Time,
  } as NonNullable<PolicyRequest["breakGlass"]>

  test("an open session replaces the quorum by its holder's own signed review, also at tier high", () => {
    expect(mapped({}).decide(requestOf(outside.tag, {}, { breakGlass })).core).toMatchObject({
      decision: "hold",
      tier: "high",
      breakGlassId: breakGlass.breakGlassId,
      obligations: { quorum: [{ role: "break-glass", count: 1 }], assurance: "key", bulk: false },
    })
  })

  test("it turns a blocked mode into a hold, and lifts no forbid, no missing match and no missing grant", () => {
    const blocked = mapped({ overrides: [{ low: "blocked" }] })
    expect(blocked.decide(requestOf(outside.refund, small, { breakGlass })).core).toMatchObject({
      decision: "hold",
      mode: "assist",
    })
    expect(
      blocked.decide(requestOf(outside.refund, small, { breakGlass: { ...breakGlass, expiresAt: now } })).core
        .blockReason,
    ).toBe("modeBlocked")
    expect(set.decide(requestOf(outside.note, {}, { breakGlass })).core.blockReason).toBe("noMatch")
    expect(
      mapped({}).decide(requestOf(outside.refund, small, { breakGlass, chain: [memberOf(ids.hammer)] })).core
        .blockReason,
    ).toBe("forbidden")
    expect(
      mapped({}).decide(
        requestOf(outside.refund, small, { breakGlass, chain: [memberOf(ids.mia, [], { grants: [] })] }),
      ).core.blockReason,
    ).toBe("grantMissing")
  })
})

describe("digests", () => {
  test("INV-08 recorded rules and a recorded request give the recorded verdict digest on every machine", () => {
    const request = requestOf(outside.refund, { ...small, amount: 9000 })
    const digest = `sha256:${"5".repeat(64)}`
    const recorded = {
      ...request,
      contract: ContractPin.parse({ ref: outside.refund.ref, version: "1.0.0", digest }),
    }
    expect(verdictDigestOf(set.decide(recorded))).toMatchInlineSnapshot(
      `"sha256:757ebf677aaac771d5eb29768d09ea67668d7a1d5e1f6e91f786505eecc8e6db"`,
    )
  })

  test("INV-02 a rule for another action leaves a verdict's digest as it is, a forbid on a group of the action changes it", () => {
    const request = requestOf(outside.refund, small)
    const digest = verdictDigestOf(set.decide(request))
    const other =
      '@id("tenant.other") @tier("low") @reason("another action altogether") permit (principal, action == Counterfoil::Action::"crm.note.append@1", resource);'
    const freeze =
      '@id("tenant.freeze") @reason("nothing at weekends") forbid (principal, action in Counterfoil::Action::"effect.write", resource) when { context.call.weekdayUtc == 7 };'
    expect(verdictDigestOf(setOf(sourceOf(rules + other)).decide(request))).toBe(digest)
    expect(verdictDigestOf(setOf(sourceOf(rules + freeze)).decide(request))).not.toBe(digest)
    expect(
      verdictDigestOf(
        set.decide(requestOf(outside.refund, small, { call: { now: "2026-11-21T10:00:01.000Z" as Time } })),
      ),
    ).toBe(digest)
  })
})
