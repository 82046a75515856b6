import { describe, expect, test } from "vitest"
import { ExecutionId, PrincipalId } from "@counterfoil/contracts"
import type { RestoredRight } from "@counterfoil/store"
import { isInForce, judgeRights, type RightFact } from "./judge-rights.ts"

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

  test("INV-04 the last fact counts, in any order of reading traces", () => {
    expect(standing(person(since), again, disabled, enabled)).toBe("byNothing")
    expect(standing(person(null), again, disabled, enabled)).toBe("contradicted")
  })
})

describe("whether a restored right is in force from a time on", () => {
  const since = Date.parse("2026-11-21T10:00:00.000Z")
  const ending = (revokedAt: string | null, expiresAt: string): RestoredRight => ({
    what: "token",
    tenant: "acme",
    id: "ses_1",
    principal: id,
    label: "laptop",
    assurance: "password",
    fingerprint: "sha256:00",
    use: "session",
    origin: null,
    mintedBy: null,
    expiresAt,
    revokedAt,
  })
  const counts = (right: RestoredRight): boolean =>
    isInForce({ right, standing: { made: "byNothing" } }, since)

  test("INV-04 one that ends later is in force, in any year, and one that has ended is not", () => {
    expect(counts(ending(null, "2026-11-21T10:00:00.001Z"))).toBe(true)
    expect(counts(ending(null, "+012000-01-01T00:00:00.000Z"))).toBe(true)
    expect(counts(ending("2099-01-01T00:00:00.000Z", "2100-01-01T00:00:00.000Z"))).toBe(true)
    expect(counts(ending("2026-11-21T09:00:00.000Z", "2100-01-01T00:00:00.000Z"))).toBe(false)
    expect(counts(ending(null, "2026-11-21T10:00:00.000Z"))).toBe(false)
  })
})
