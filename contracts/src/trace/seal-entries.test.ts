import { describe, expect, test } from "vitest"
import { canonical } from "../json/canonical.ts"
import {
  BreakGlassId,
  Environment,
  ExecutionId,
  Fence,
  PrincipalId,
  SessionId,
  TenantId,
  Time,
} from "../primitives.ts"
import { digestOf } from "../digest/index.ts"
import { emptyHead, type Attribution, type EntryDraft } from "./entry.ts"
import { sealEntries, type SealPlace } from "./seal-entries.ts"

const environment = Environment.parse("test")
const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse(`exe_${"0".repeat(26)}`)
const digest = digestOf("counterfoil.input.v1", "test")
const place: SealPlace = {
  environment,
  tenant,
  executionId,
  after: emptyHead(environment, tenant, executionId),
  fence: Fence.parse(7),
  time: Time.parse("2026-11-21T10:00:00.000Z"),
  kindDigest: () => digest,
}
const plain: Attribution = {
  principal: { id: PrincipalId.parse(`agt_${"1".repeat(26)}`), kind: "agent" },
  onBehalfOf: null,
  session: null,
  capabilitySource: null,
  breakGlassId: null,
  traceparent: null,
}
const full: Attribution = {
  ...plain,
  onBehalfOf: PrincipalId.parse(`hum_${"2".repeat(26)}`),
  session: SessionId.parse(`ses_${"3".repeat(26)}`),
  capabilitySource: {
    source: 'a "grant" \u2028 of \u00e9',
    capability: "control-plane.core" as NonNullable<Attribution["capabilitySource"]>["capability"],
    grantId: `grn_${"4".repeat(26)}` as NonNullable<Attribution["capabilitySource"]>["grantId"],
  },
  breakGlassId: BreakGlassId.parse(`bgl_${"5".repeat(26)}`),
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}
const drafts: readonly EntryDraft[] = [plain, full, full, plain].map((by, index) => ({
  kind: "controlPlane.execution.resumed@1",
  payload: { cause: index === 1 ? "timer" : "operator" },
  by,
}))

describe("sealing", () => {
  test("INV-07 the bytes of a head are its canonical text, for every author", () => {
    for (const { head, headBytes } of sealEntries(place, drafts))
      expect(new TextDecoder().decode(headBytes)).toBe(canonical(head))
  })

  test("INV-07 each entry follows the one before, from the head of the trace on", () => {
    const sealed = sealEntries(place, drafts)
    expect(sealed.map(({ head }) => head.seq)).toEqual([1, 2, 3, 4])
    expect(sealed.map(({ prevHash }) => prevHash)).toEqual([
      place.after.hash,
      ...sealed.slice(0, -1).map(({ hash }) => hash),
    ])
  })
})
