// A small trace for the tests of this package: an intent that came in and was rejected.
// Owns: its values. Does not own: whole executions, which test/replay records.

import {
  Fence,
  controlPlaneEvents,
  emptyHead,
  invariant,
  sealEntries,
  Environment,
  ExecutionId,
  PrincipalId,
  SessionId,
  TenantId,
  Time,
  payloads,
  type EntryDraft,
  type TraceEntry,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"

const environment = Environment.parse("production")
const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
const anyDigest = digestOf("counterfoil.test.v1")

const by: EntryDraft["by"] = {
  principal: { id: PrincipalId.parse("agt_01kaz3v8g0e8r4n2t6w0y3b5d8"), kind: "agent" },
  onBehalfOf: null,
  session: SessionId.parse("ses_01kaz3v8g0e8r4n2t6w0y3b5d9"),
  capabilitySource: null,
  breakGlassId: null,
  traceparent: null,
}

const drafts: readonly EntryDraft[] = [
  {
    kind: "controlPlane.intent.received@1",
    by,
    payload: payloads["controlPlane.intent.received@1"].parse({
      intentId: "int_01kaz3v8g0e8r4n2t6w0y3b5d7",
      as: { draft: { steps: [] } },
      keyDigest: anyDigest,
      channel: "http",
      assurance: "session",
      requesterChain: [
        { id: by.principal.id, kind: "agent", tenant, enabled: true, owner: null, roles: [], grants: [] },
      ],
      labels: [],
      start: "auto",
      minimumMode: "autonomous",
      registryDigest: anyDigest,
      runtime: { version: "0.1.0", engineDigest: anyDigest },
    }) as Extract<EntryDraft, { kind: "controlPlane.intent.received@1" }>["payload"],
  },
  {
    kind: "controlPlane.plan.rejected@1",
    by,
    payload: { rejections: [{ code: "NO_STEPS", at: "/steps", message: "A draft has at least one step." }] },
  },
]

/** Two entries, one second apart, under fences 0 and 1. */
export function sampleTrace(): readonly [TraceEntry, ...TraceEntry[]] {
  let after = emptyHead(environment, tenant, executionId)
  const entries = drafts.flatMap((draft, i) => {
    const sealed = sealEntries(
      {
        environment,
        tenant,
        executionId,
        after,
        fence: Fence.parse(i),
        time: Time.parse(`2026-11-21T08:35:0${i}.000Z`),
        kindDigest,
      },
      [draft],
    )
    after = { seq: i + 1, hash: sealed[0]?.hash ?? after.hash }
    return sealed
  })
  const [first, ...rest] = entries
  invariant(first !== undefined, "INV-07", { entries: 0 })
  return [first, ...rest]
}

const kindDigest = (kind: string) =>
  controlPlaneEvents.find((event) => event.ref === kind)?.digest ?? anyDigest
