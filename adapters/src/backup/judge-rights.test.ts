import { describe, expect, test } from "vitest"
import { ExecutionId, PrincipalId } from "@counterfoil/contracts"
import type { RestoredRight } from "@counterfoil/store"
import { judgeRights, type RightFact } from "./judge-rights.ts"

const id = PrincipalId.parse("hum_01kaz3v8g0e8r4n2t6w0y3b501")
const person = (disabledAt: string | null): RestoredRight => ({
  what: "principal",
  tenant: "acme",
  id,
  kind: "human",
  name: "ana",
  owner: null,
  addedBy: null,
  disabledAt,
})
const said = (minute: number, word: "disabled" | "enabled"): RightFact => ({
  tenant: "acme",
  executionId: ExecutionId.parse(`exe_01kaz3v8g0e8r4n2t6w0y3b5${minute.toString().padStart(2, "0")}`),
  time: `2026-11-21T10:${minute.toString().padStart(2, "0")}:00.000Z`,
  requester: id,
  fact: {
    kind: `controlPlane.principal.${word}@1`,
    payload: { principalId: id, reason: "for a test" },
  },
})
const standing = (right: RestoredRight, ...facts: readonly RightFact[]) =>
  judgeRights([right], facts)[0]?.standing.made

describe("whether a restored principal is as its traces left it", () => {
  const [disabled, enabled, again] = [said(1, "disabled"), said(2, "enabled"), said(3, "disabled")]
  const since = "2026-11-21T10:01:00.000Z"

  test("one that was disabled and enabled again is enabled", () => {
    expect(standing(person(null), disabled, enabled)).toBe("byNothing")
    expect(standing(person(since), disabled, enabled)).toBe("contradicted")
  })

  test("INV-04 the last word counts, in whatever order traces are read", () => {
    expect(standing(person(since), again, disabled, enabled)).toBe("byNothing")
    expect(standing(person(null), again, disabled, enabled)).toBe("contradicted")
  })
})
