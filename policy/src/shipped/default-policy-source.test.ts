import { describe, expect, test } from "vitest"
import { verdictDigestOf } from "../decide/verdict.ts"
import { ids, memberOf, outside, requestOf, setOf, registry } from "../world.test-kit.ts"
import { defaultPolicySource } from "./default-policy-source.ts"

const set = setOf(defaultPolicySource())

describe("a fresh installation", () => {
  test("a repeatable write is allowed at tier low", () => {
    const verdict = set.decide(requestOf(outside.refund, { amount: 5, currency: "EUR" }))
    expect(verdict.core).toMatchObject({ decision: "allow", tier: "low", mode: "autonomous", determining: ["start.write-repeatable"] })
    expect(verdictDigestOf(verdict)).toMatch(/^sha256:/)
  })

  test("INV-02 a commit is held for one approver, a tag for two distinct people with keys", () => {
    const chain = [memberOf(ids.bot), memberOf(ids.mia, ["support"])]
    expect(set.decide(requestOf(outside.commit, { branch: "main" }, { chain })).core).toMatchObject({
      decision: "hold", tier: "medium", obligations: { quorum: [{ role: "approver", count: 1 }], assurance: "session" },
    })
    expect(set.decide(requestOf(outside.tag, {}, { chain })).core).toMatchObject({
      decision: "hold", tier: "high", obligations: { quorum: [{ role: "approver", count: 2 }], assurance: "key", bulk: false },
    })
  })

  test("every contract of the control plane has a slice", () => {
    expect(registry.contracts.filter(({ kind }) => kind === "command" || kind === "query").every(({ ref }) => set.slices.has(ref))).toBe(true)
  })
})
