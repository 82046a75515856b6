import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { PolicyTest, parseWith } from "@counterfoil/contracts"
import { runPolicyTests } from "../policy-test/run-policy-tests.ts"
import { registry, setOf } from "../../test/world.ts"
import { defaultPolicySource } from "./default-policy-source.ts"
import { shippedGoldenVerdicts } from "./shipped-golden-verdicts.ts"

const set = setOf(defaultPolicySource())
const file: unknown = JSON.parse(readFileSync(new URL("default.policy-test.json", import.meta.url), "utf8"))
const tests = parseWith(PolicyTest, file)

describe("a fresh installation", () => {
  test("INV-02 INV-05 INV-06 decides as its policy tests say, and none of its rules is untested", () => {
    if (!tests.ok) throw new Error(JSON.stringify(tests.error))
    const report = runPolicyTests(set, registry, [tests.value, shippedGoldenVerdicts()])
    expect(report.failures).toEqual([])
    expect(report.issues).toEqual([])
    expect(report.passed).toBeGreaterThan(40)
  })

  test("has a slice for every command and query of the control plane", () => {
    const callables = registry.contracts.filter(({ kind }) => kind === "command" || kind === "query")
    expect(callables.filter(({ ref }) => !set.slices.has(ref))).toEqual([])
  })

  test("answers the reasons of rules in the order asked for", () => {
    const [first, second] = set.rules
    if (first === undefined || second === undefined) throw new Error("the set has no rules")
    expect(set.reasonsOf([second.id, first.id])).toEqual([
      { ruleId: second.id, text: second.reason },
      { ruleId: first.id, text: first.reason },
    ])
  })
})
