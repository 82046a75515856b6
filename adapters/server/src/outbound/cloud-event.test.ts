import { describe, expect, test } from "vitest"
import {
  Digest,
  Environment,
  ExecutionId,
  Fence,
  PrincipalId,
  TenantId,
  Time,
  emptyHead,
  sealEntries,
  type EntryDraft,
} from "@counterfoil/contracts"
import { cloudEventOf } from "./cloud-event.ts"
import { contractAddresses } from "./contract-address.ts"

const addressOf = contractAddresses(() => "https://control.acme.test")
const environment = Environment.parse("test")
const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
const by: EntryDraft["by"] = {
  principal: { id: PrincipalId.parse("counterfoil.executor"), kind: "service" },
  onBehalfOf: null,
  session: null,
  capabilitySource: null,
  breakGlassId: null,
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
}
const draft: EntryDraft = {
  kind: "controlPlane.execution.completed@1",
  payload: {
    outcome: "all",
    output: { token: "canary" },
    outputDigest: Digest.parse(`sha256:${"5".repeat(64)}`),
    stepCounts: { total: 1, completed: 1, failed: 0, blocked: 0, skipped: 0, undone: 0, inDoubt: 0, open: 0 },
  },
  by,
}
const sealed = sealEntries(
  {
    environment,
    tenant,
    executionId,
    after: emptyHead(environment, tenant, executionId),
    fence: Fence.parse(0),
    time: Time.parse("2026-03-02T10:14:02.119Z"),
    kindDigest: () => Digest.parse(`sha256:${"1".repeat(64)}`),
  },
  [draft],
)

describe("an entry as an event", () => {
  test("INV-13 has the digest of a handler's answer, and not the answer", () => {
    const events = sealed.map((entry) => cloudEventOf(entry, addressOf))
    expect(JSON.stringify(events)).not.toContain("canary")
    expect(events[0]?.["data"]).toEqual({
      outcome: "all",
      outputDigest: `sha256:${"5".repeat(64)}`,
      stepCounts: {
        total: 1,
        completed: 1,
        failed: 0,
        blocked: 0,
        skipped: 0,
        undone: 0,
        inDoubt: 0,
        open: 0,
      },
    })
  })

  test("INV-07 has the id and prevhash of the chain, in hex", () => {
    for (const entry of sealed) {
      const hexOf = (digest: Digest): string => digest.slice("sha256:".length)
      expect(cloudEventOf(entry, addressOf)).toMatchObject({
        id: hexOf(entry.hash),
        prevhash: hexOf(entry.prevHash),
      })
    }
  })

  test("has an absolute dataschema: an address where there is one, else the contract's name", () => {
    const kind = "controlPlane.execution.completed@1"
    const nowhere = contractAddresses(() => "")
    expect(sealed.flatMap((entry) => [cloudEventOf(entry, addressOf), cloudEventOf(entry, nowhere)])).toEqual(
      [
        expect.objectContaining({ dataschema: `https://control.acme.test/v1/contracts/${kind}` }),
        expect.objectContaining({ dataschema: `urn:counterfoil:contract:${kind}` }),
      ],
    )
  })

  test("has the trace context of its cause", () => {
    expect(sealed.map((entry) => cloudEventOf(entry, addressOf)["traceparent"])).toEqual([by.traceparent])
  })

  test("has no data when its payload was erased", () => {
    for (const entry of sealed) {
      expect(cloudEventOf({ ...entry, payload: null, payloadBytes: null }, addressOf)).not.toHaveProperty(
        "data",
      )
    }
  })
})
