import { describe, expect, test } from "vitest"
import fc from "fast-check"
import { controlPlaneCapabilities } from "./control-plane/capabilities.ts"
import { controlPlaneCallables, controlPlaneContracts } from "./control-plane/control-plane.ts"
import { makeRegistry } from "./define/registry.ts"
import { httpCalls } from "./http.ts"
import {
  callSubject,
  callSubjects,
  eventSubject,
  eventSubjects,
  inboxPrefixOf,
  isInbox,
  natsCalls,
  parseSubject,
  submitSubject,
} from "./nats.ts"
import { ExecutionId, TenantId } from "./primitives.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const acme = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5c7")

describe("the NATS interface follows from the contracts", () => {
  test("what HTTP serves has a subject, and nothing else", () => {
    const inHttp = httpCalls(registry).map(({ contract }) => contract.ref)
    expect(natsCalls(registry).map(({ contract }) => contract.ref)).toEqual(inHttp)
    expect(inHttp.length).toBe(controlPlaneCallables.filter(({ http }) => http !== null).length)
  })

  test("the names are these", () => {
    expect(natsCalls(registry).map(({ name, keyed }) => `${name}${keyed ? "  key" : ""}`))
      .toMatchInlineSnapshot(`
        [
          "approval.list.v1",
          "contract.adopt.v1  key",
          "contract.drift.v1",
          "contract.list.v1",
          "execution.approve.v1  key",
          "execution.cancel.v1  key",
          "execution.evidence.export.v1",
          "execution.get.v1",
          "execution.list.v1",
          "execution.pause.v1  key",
          "execution.reject.v1  key",
          "execution.resolve.v1  key",
          "execution.resume.v1  key",
          "execution.retry.v1  key",
          "execution.start.v1  key",
          "grant.give.v1  key",
          "grant.revoke.v1  key",
          "intent.submit.v1  key",
          "plan.compile.v1",
          "plan.verify.v1",
          "policy.activate.v1  key",
          "policy.explain.v1",
          "policy.read.v1",
          "principal.add.v1  key",
          "principal.disable.v1  key",
          "principal.enable.v1  key",
          "quarantine.list.v1",
          "trace.erase.v1  key",
          "trace.get.v1",
        ]
      `)
  })

  test("each subject reads as what it was built from", () => {
    for (const { contract, name } of natsCalls(registry))
      expect(parseSubject(callSubject(acme, contract.ref))).toEqual({ kind: "call", tenant: acme, name })
    expect(parseSubject(submitSubject(acme))).toEqual({ kind: "submit", tenant: acme })
    const kind = "controlPlane.execution.step.completed@1"
    expect(eventSubject(acme, executionId, kind)).toBe(
      `controlPlane.v1.acme.event.${executionId}.execution.step.completed`,
    )
    expect(parseSubject(eventSubject(acme, executionId, kind))).toEqual({
      kind: "event",
      tenant: acme,
      executionId,
      name: "execution.step.completed",
    })
  })

  test("INV-10 no wildcard, no empty token and no other layout is a subject of a tenant", () => {
    for (const subject of [
      callSubjects(acme),
      callSubjects("*"),
      eventSubjects(acme, executionId),
      submitSubject("*"),
      "controlPlane.v1.acme.submit.more",
      "controlPlane.v1.acme.call",
      "controlPlane.v1.acme.call.",
      "controlPlane.v1.acme.call..v1",
      "controlPlane.v1..call.intent.submit.v1",
      "controlPlane.v1.ACME.call.intent.submit.v1",
      "controlPlane.v2.acme.call.intent.submit.v1",
      `controlPlane.v1.acme.event.${executionId}`,
      "controlPlane.v1.acme.event.other.intent.received",
      `controlPlane.v1.acme.call.${"x".repeat(300)}`,
      "",
    ])
      expect(parseSubject(subject)).toBeNull()
    fc.assert(
      fc.property(fc.string(), (text) => parseSubject(text) === null),
      { seed: 20, numRuns: 1_000 },
    )
  })

  test("only an inbox, of this account or another, is answered, so that no reply can become an event or an acknowledgement", () => {
    for (const inbox of [`${inboxPrefixOf(null)}.x1`, `${inboxPrefixOf("acme-agent")}.x1.y`, "_R_.hQ2w.x1"])
      expect(isInbox(inbox)).toBe(true)
    for (const reply of [
      undefined,
      "",
      "_INBOX",
      "_INBOX.",
      "_INBOX.*",
      "_INBOX.>",
      "_INBOX.a b",
      "_INBOX.a..b",
      `_INBOX.${"x".repeat(300)}`,
      "_INBOXES.x",
      "_R_",
      "_R_.>",
      eventSubject(acme, executionId, "controlPlane.intent.received@1"),
      "$JS.API.STREAM.DELETE.COUNTERFOIL_EVENTS",
    ])
      expect(isInbox(reply)).toBe(false)
  })
})
