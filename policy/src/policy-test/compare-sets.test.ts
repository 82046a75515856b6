import { describe, expect, test } from "vitest"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  makeRegistry,
  Time,
  type PolicySource,
} from "@counterfoil/contracts"
import { engine } from "../../test/world.ts"
import { loadPolicySet } from "../policy-set.ts"
import { defaultPolicySource } from "../shipped/default-policy-source.ts"
import { shippedGoldenVerdicts } from "../shipped/shipped-golden-verdicts.ts"
import { compareSets } from "./compare-sets.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)

function setOf(source: PolicySource) {
  const set = loadPolicySet({ source, registry, engine, now: Time.parse("2026-03-02T10:00:00.000Z") })
  if (!set.ok) throw new Error(JSON.stringify(set.error))
  return set.value
}

describe("what another policy would decide differently", () => {
  const shipped = defaultPolicySource()
  const before = setOf(shipped)
  const compared = (after: PolicySource) =>
    compareSets({ before, after: setOf(after) }, registry, { tests: [shippedGoldenVerdicts()], decided: [] })

  test("is nothing for the same policy, under any names of its files", () => {
    expect(compared(shipped)).toEqual([])
    expect(
      compared({ ...shipped, texts: shipped.texts.map((text) => ({ ...text, name: `again-${text.name}` })) }),
    ).toEqual([])
  })

  test("names each case that a new forbid changes, and no other", () => {
    const text = `@id("tenant.no-cancel") @reason("not this week")
forbid (principal, action == Counterfoil::Action::"controlPlane.execution.cancel@1", resource);`
    const found = compared({
      ...shipped,
      texts: [...shipped.texts, { layer: "tenant", name: "week.cedar", text }],
    })
    expect(found.length).toBeGreaterThan(0)
    expect(new Set(found.map(({ contract }) => contract))).toEqual(
      new Set(["controlPlane.execution.cancel@1"]),
    )
    expect(found[0]).toMatchObject({ before: "allow, low", after: "deny forbidden" })
  })

  test("names what a layer loses whose other files are left out", () => {
    const without = shipped.texts.filter(({ name }) => name !== "control.cedar")
    const found = compared({ ...shipped, texts: without })
    expect(found.map(({ contract }) => contract)).toContain("controlPlane.intent.submit@1")
    expect(found.every(({ after }) => after.startsWith("deny"))).toBe(true)
  })
})
