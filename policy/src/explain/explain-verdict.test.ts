import { describe, expect, test } from "vitest"
import { ids, memberOf, outside, requestOf, setOf, sourceOf } from "../../test/world.ts"
import { explainVerdict } from "./explain-verdict.ts"

const text = `@id("tenant.refund-small") @tier("low") @reason("support may refund up to 50.00")
permit (principal in Counterfoil::Team::"support", action == Counterfoil::Action::"payments.refund@1", resource)
when { context.input.amount <= 5000 && context.input.currency == "EUR" };

@id("tenant.refund-review") @tier("medium") @reason("a larger refund needs finance")
@approve("finance:1")
permit (principal in Counterfoil::Team::"support", action == Counterfoil::Action::"payments.refund@1", resource)
when { context.input.amount > 5000 } unless { context.call.labels.contains("frozen") };
`
const set = setOf(sourceOf(text))
const explain = (
  input: { amount: number; currency: string },
  roles: readonly string[] = ["support"],
  labels: readonly string[] = [],
) => {
  const request = requestOf(outside.refund, input, { chain: [memberOf(ids.mia, roles)], call: { labels } })
  return explainVerdict(set, request, set.decide(request))
}

describe("an explanation", () => {
  test("names the rules that determined the verdict with file and line, and where each obligation came from", () => {
    const { rules, obligations, floor } = explain({ amount: 9000, currency: "EUR" })
    expect(rules).toEqual([
      {
        ruleId: "tenant.refund-review",
        effect: "permit",
        tier: "medium",
        reason: "a larger refund needs finance",
        source: { file: "tenant/test.cedar", line: 5 },
      },
    ])
    expect(obligations).toEqual([{ from: "tenant.refund-review", says: '@approve("finance:1")' }])
    expect(floor).toEqual({ tier: "low", because: ["class keyed"] })
  })

  test("a near miss names the permit, its first failing clause and the actual values, the closest first", () => {
    expect(explain({ amount: 100, currency: "USD" }).nearMisses).toEqual([
      {
        ruleId: "tenant.refund-small",
        clause: 'when { context.input.currency == "EUR" }',
        values: [{ path: "context.input.currency", value: '"USD"' }],
        held: 2,
        member: ids.mia,
      },
      {
        ruleId: "tenant.refund-review",
        clause: "when { context.input.amount > 5000 }",
        values: [{ path: "context.input.amount", value: "100" }],
        held: 1,
        member: ids.mia,
      },
    ])
    expect(explain({ amount: 9000, currency: "USD" }, ["support"], ["frozen"]).nearMisses[0]).toMatchObject({
      ruleId: "tenant.refund-review",
      clause: 'unless { context.call.labels.contains("frozen") }',
      values: [{ path: "context.call.labels", value: '["frozen"]' }],
    })
  })

  test("a reason or a quoted name that reads like a rule does not show up in the scope or the clause", () => {
    const odd = setOf(
      sourceOf(`@id("tenant.odd") @tier("low") @reason("a permit (when asked) unless; forbidden")
permit (principal in Counterfoil::Team::"when", action == Counterfoil::Action::"payments.refund@1", resource)
when { context.input.currency == "a  b when" };`),
    )
    const near = (roles: readonly string[]) => {
      const request = requestOf(
        outside.refund,
        { amount: 1, currency: "EUR" },
        { chain: [memberOf(ids.mia, roles)] },
      )
      return explainVerdict(odd, request, odd.decide(request)).nearMisses[0]?.clause
    }
    expect(near([])).toBe(
      'permit (principal in Counterfoil::Team::"when", action == Counterfoil::Action::"payments.refund@1", resource)',
    )
    expect(near(["when"])).toBe('when { context.input.currency == "a  b when" }')
  })

  test("a permit missed by its scope shows the scope and who asked", () => {
    expect(explain({ amount: 1, currency: "EUR" }, ["finance"]).nearMisses[0]).toMatchObject({
      clause:
        'permit (principal in Counterfoil::Team::"support", action == Counterfoil::Action::"payments.refund@1", resource)',
      held: 0,
      values: [
        { path: "principal", value: `human ${ids.mia} in finance` },
        { path: "resource", value: "none" },
      ],
    })
  })
})
