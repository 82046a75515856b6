import { describe, expect, test } from "vitest"
import { PolicyTest, PolicyTestCase, parseWith } from "@counterfoil/contracts"
import { registry, setOf, sourceOf } from "../../test/world.ts"
import { runPolicyTests } from "./run-policy-tests.ts"

const set = setOf(
  sourceOf(`@id("tenant.small") @tier("low") @reason("small refunds are fine")
permit (principal, action == Counterfoil::Action::"payments.refund@1", resource) when { context.input.amount <= 100 && context.input.currency == "EUR" };`),
)
const caseOf = (given: unknown): PolicyTestCase => {
  const parsed = parseWith(PolicyTestCase, given)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error))
  return parsed.value
}
const small = caseOf({
  name: "a small refund",
  principal: { kind: "human" },
  contract: "payments.refund@1",
  input: { amount: 5, currency: "EUR" },
  expect: { decision: "allow", tier: "low", determining: ["tenant.small"] },
})
const run = (...cases: readonly PolicyTestCase[]) =>
  runPolicyTests(set, registry, [{ format: "counterfoil.policy-test/1", cases }])

describe("policy tests", () => {
  test("a case that differs is a failure that names each difference", () => {
    const wrong = caseOf({
      ...small,
      expect: { decision: "allow", tier: "medium", determining: ["tenant.large"] },
    })
    expect(run(small, wrong)).toMatchObject({
      total: 2,
      passed: 1,
      failures: [
        {
          name: "a small refund",
          got: { decision: "allow", tier: "low", determining: ["tenant.small"] },
          differences: [
            '/tier: expected "medium", got "low"',
            '/determining: expected ["tenant.large"], got ["tenant.small"]',
          ],
        },
      ],
    })
    expect(run(caseOf({ ...small, contract: "nobody.knows@1" })).failures).toMatchObject([
      { name: "a small refund", got: null, differences: ["nobody.knows@1 does not exist"] },
    ])
  })

  test("L17 a permit that never decides, or is never missed, is found; coverage counts rules and clauses", () => {
    expect(run(small).issues.filter(({ ruleId }) => ruleId === "tenant.small")).toMatchObject([
      { code: "L17", message: "no test misses this rule" },
    ])
    const large = caseOf({
      ...small,
      input: { amount: 500, currency: "EUR" },
      expect: { decision: "deny", blockReason: "noMatch", forbids: [] },
    })
    expect(run(large).issues.filter(({ ruleId }) => ruleId === "tenant.small")).toMatchObject([
      { code: "L17", message: "no test makes this permit decide" },
    ])
    expect(run(small, large).coverage.find(({ ruleId }) => ruleId === "tenant.small")).toEqual({
      ruleId: "tenant.small",
      determining: 1,
      missed: 1,
      clauses: { total: 2, failed: 1 },
    })
  })

  test("a case that asserts a decision alone is refused", () => {
    for (const expected of [
      { decision: "allow" },
      { decision: "deny" },
      { decision: "hold", tier: "medium", determining: ["tenant.small"], obligations: {} },
    ])
      expect(
        PolicyTest.safeParse({ format: "counterfoil.policy-test/1", cases: [{ ...small, expect: expected }] })
          .success,
      ).toBe(false)
  })
})
