import { describe, expect, test } from "vitest"
import {
  emptyHead,
  Environment,
  ExecutionId,
  Fence,
  PrincipalId,
  sealEntries,
  TenantId,
  Time,
  type Json,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { TraceStore } from "@counterfoil/contracts/ports"
import { subjectsOf } from "./subject.ts"
import { voidCausesOf } from "./void-causes.ts"

const tenant = TenantId.parse("acme")
const idOf = (at: number): ExecutionId => ExecutionId.parse(`exe_${String(at).padStart(26, "0")}`)

const environment = Environment.parse("test")
const [sealed] = sealEntries(
  {
    environment,
    tenant,
    executionId: idOf(0),
    after: emptyHead(environment, tenant, idOf(0)),
    fence: Fence.parse(1),
    time: Time.parse("2026-11-21T10:00:00.000Z"),
    kindDigest: (kind) => digestOf("counterfoil.test.v1", kind),
  },
  [
    {
      kind: "controlPlane.execution.resumed@1",
      payload: { cause: "timer" },
      by: {
        principal: { id: PrincipalId.parse("agt_01kaz3v8g0e8r4n2t6w0y3b5d7"), kind: "agent" },
        onBehalfOf: null,
        session: null,
        capabilitySource: null,
        breakGlassId: null,
        traceparent: null,
      },
    },
  ],
)

/** A store that answers with these payloads, and counts how often it is asked. */
function storeOf(payloadOf: (executionId: ExecutionId) => Json) {
  const asked: (readonly ExecutionId[])[] = []
  const entriesAmong: TraceStore["entriesAmong"] = (_tenant, executionIds) => {
    asked.push(executionIds)
    return Promise.resolve(
      executionIds.flatMap((executionId) =>
        sealed === undefined
          ? []
          : [{ ...sealed, head: { ...sealed.head, executionId }, payload: payloadOf(executionId) }],
      ),
    )
  }
  return { asked, entriesAmong }
}

const received = (text: string) => ({
  intentId: "int_01kaz3v8g0e8r4n2t6w0y3b5d7",
  as: { text },
  keyDigest: `sha256:${"0".repeat(64)}`,
  channel: "http",
  assurance: "session",
  requesterChain: [],
  labels: [],
  start: "auto",
  minimumMode: "autonomous",
  registryDigest: `sha256:${"0".repeat(64)}`,
  runtime: { version: "1.0.0", engineDigest: `sha256:${"0".repeat(64)}` },
})

describe("what a page of a list takes from traces", () => {
  test("costs one round trip for all subjects, however long the page is", async () => {
    const store = storeOf((executionId) => (executionId === idOf(7) ? null : received(`of ${executionId}`)))
    const ids = Array.from({ length: 200 }, (_, at) => idOf(at))
    const subjects = await subjectsOf(store, { callable: () => undefined } as never, tenant, ids)
    expect([store.asked.length, subjects.size]).toEqual([1, 199])
    expect([subjects.get(idOf(3)), subjects.get(idOf(7))]).toEqual([`of ${idOf(3)}`, undefined])
  })

  test("costs one round trip for the causes of all void requests, and none where no request is void", async () => {
    const approvalId = "apr_01kaz3v8g0e8r4n2t6w0y3b5d7"
    const store = storeOf(() => ({ approvalId, because: "policyChanged" }))
    const rows = (status: "open" | "voided") => [1, 2].map((at) => ({ executionId: idOf(at), status }))
    expect((await voidCausesOf(store, tenant, rows("open"))).size).toBe(0)
    expect(store.asked).toEqual([])
    expect([...(await voidCausesOf(store, tenant, rows("voided")))]).toEqual([[approvalId, "policyChanged"]])
    expect(store.asked).toEqual([[idOf(1), idOf(2)]])
  })

  test("costs none for a page that shows no subject", async () => {
    const store = storeOf(() => null)
    expect((await subjectsOf(store, { callable: () => undefined } as never, tenant, [])).size).toBe(0)
    expect(store.asked).toEqual([])
  })
})
