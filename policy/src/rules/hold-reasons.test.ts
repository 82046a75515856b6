import { describe, expect, test } from "vitest"
import { ids, memberOf, outside, requestOf, setOf, sourceOf } from "../../test/world.ts"

const rule = (id: string, annotations: string): string => `
@id("tenant.${id}") @reason("the reason of ${id}") ${annotations}
permit (principal, action == Counterfoil::Action::"payments.refund@1", resource);
`
const heldBy = (text: string, floor: "low" | "medium" | "high" = "low", because: readonly string[] = []) => {
  const set = setOf(sourceOf(text))
  const request = requestOf(
    outside.refund,
    { amount: 1, currency: "EUR" },
    { chain: [memberOf(ids.mia, ["support"])] },
  )
  const { core } = set.decide({ ...request, floor: { tier: floor, because } })
  expect(core.decision).toBe("hold")
  return set.holdReasonsOf(core)
}
const low = rule("low", '@tier("low")')
const medium = rule("medium", '@tier("medium")')
const asks = rule("asks", '@tier("medium") @approve("finance:1")')
const high = rule("high", '@tier("high")')

describe("the reasons of a hold", () => {
  test("are those of the rules that raised the tier or ask for people, and not of a rule that only permits", () => {
    expect(heldBy(low + medium)).toEqual([{ ruleId: "tenant.medium", text: "the reason of medium" }])
    expect(heldBy(low + asks)).toEqual([{ ruleId: "tenant.asks", text: "the reason of asks" }])
    expect(heldBy(medium + asks + high).map(({ ruleId }) => ruleId)).toEqual(["tenant.high", "tenant.asks"])
  })

  test("are the contract's own where its floor is above what any rule says", () => {
    const because = ["class unsafe irreversible", "own medium", "taint /amount"]
    const text =
      "The contract is never judged below tier high: its effect class is unsafe and it cannot be undone, it asks for tier medium itself, the value at /amount comes from outside."
    expect(heldBy(low, "high", because)).toEqual([{ ruleId: "contract.floor", text }])
    expect(heldBy(medium, "high", because)).toEqual([{ ruleId: "contract.floor", text }])
    expect(heldBy(medium, "medium", ["class unsafe"])).toEqual([
      { ruleId: "tenant.medium", text: "the reason of medium" },
    ])
  })
})
