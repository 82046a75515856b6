import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { decide } from "./decide/decide.ts"
import { chain, decidingOf, exactly, facts, groups, rules } from "../test/made-up.ts"
import { cedarText, expected } from "../test/oracle.ts"

describe("the adapter and an independent oracle", () => {
  test("INV-04 INV-05 agree on 100,000 random requests under random rules", { timeout: 300_000 }, () => {
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
          const got = {
            decision: core.decision,
            because: core.blockReason,
            tier: core.decision === "deny" ? null : core.tier,
            rules: core.decision === "deny" ? core.forbids : core.determining,
          }
          if (JSON.stringify(got) !== JSON.stringify(wanted))
            expect({ ...got, rule: list.map(cedarText) }).toEqual({ ...wanted, rule: [] })
        }
      }),
      { numRuns: sets, seed: 20_261_121, endOnFailure: true },
    )
    expect(seen.allow + seen.hold + seen.deny).toBe(sets * chains * calls)
    // A generator that only ever made denials would prove nothing.
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(5_000)
  })
})
