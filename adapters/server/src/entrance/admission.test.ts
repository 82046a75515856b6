import { describe, expect, test } from "vitest"
import type { PrincipalKind } from "@counterfoil/contracts"
import { openAdmission, type Admission } from "./admission.ts"

/** As many of a tenant as get in, 64 of each principal. */
function fill(admission: Admission, tenant: string, kind: PrincipalKind): readonly (() => void)[] {
  const leaves: (() => void)[] = []
  for (let n = 0; ; n += 1) {
    const leave = admission.enter({ tenant, principal: `${kind}_${Math.floor(n / 64)}`, kind })
    if (leave === null) return leaves
    leaves.push(leave)
  }
}

describe("room behind a door", () => {
  test("INV-10 a tenant with many principals leaves room for the next tenants", () => {
    const admission = openAdmission({ all: 256, each: 64 })
    expect(fill(admission, "greedy", "human")).toHaveLength(224)
    expect(fill(admission, "second", "human")).toHaveLength(28)
    expect(fill(admission, "third", "human")).toHaveLength(4)
    expect(admission.inside).toBe(256)
    expect(admission.enter({ tenant: "fourth", principal: "human_0", kind: "human" })).toBeNull()
  })

  test("agents and services leave room for the people of their tenant", () => {
    const admission = openAdmission({ all: 256, each: 64 })
    expect(fill(admission, "acme", "agent")).toHaveLength(196)
    expect(admission.enter({ tenant: "acme", principal: "svc_0", kind: "service" })).toBeNull()
    expect(fill(admission, "acme", "human")).toHaveLength(28)
  })

  test("who leaves makes room once, and one principal has its own bound", () => {
    const admission = openAdmission({ all: 3, each: 2 })
    const who = { tenant: "acme", principal: "agt_0", kind: "agent" } as const
    const [first, second] = [admission.enter(who), admission.enter(who)]
    expect(second).not.toBeNull()
    expect(admission.enter(who)).toBeNull()
    first?.()
    first?.()
    expect(admission.inside).toBe(1)
    expect(admission.enter(who)).not.toBeNull()
    expect(admission.enter(who)).toBeNull()
  })
})
