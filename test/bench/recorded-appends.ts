// The appends of a recorded execution, made again under fresh ids: entries of real sizes, ready to be written.
// Owns: cutting the trace where its commits were, sealing it again. Does not own: writing it.

import {
  canonicalBytes,
  ContractRef,
  type ExecutionId,
  Fence,
  Key,
  invariant,
  PrincipalId,
  type Attribution,
  type Time,
  type TraceEntry,
} from "@counterfoil/contracts"
import { clientKeyDigestOf, mintId, requestDigestOf } from "@counterfoil/contracts/digest"
import type { Append } from "@counterfoil/contracts/ports"
import { beginTransition } from "@counterfoil/round"
import { recordedFact, type Execution } from "@counterfoil/core"
import type { Installation } from "./installation.ts"

/** The appends of one execution, in order. */
export type Recorded = readonly Append[]

/** Reads the last completed execution and answers how to make its appends again, as often as asked. */
export async function readRecorded({
  owner,
  plane: { store, registry, random },
  tenant,
  environment,
}: Installation): Promise<() => Recorded> {
  const { rows } = await owner.query<{ execution_id: ExecutionId; last_seq: number }>(
    `select execution_id, last_seq from append where execution_id =
      (select execution_id from execution where status = 'completed' order by created_at desc, execution_id limit 1) order by last_seq`,
  )
  const [first] = rows
  invariant(first !== undefined, "INV-07", { recorded: 0 })
  const trace = await store.trace(tenant, first.execution_id)
  const digests = new Map(registry.contracts.map(({ ref, digest }) => [String(ref), digest]))
  const kindDigest = (kind: string) => {
    const digest = digests.get(kind)
    invariant(digest !== undefined, "INV-07", { kind })
    return digest
  }
  return () => {
    const time = store.clock.now()
    const executionId = mintId("exe", Date.parse(time), random.bytes(10))
    const place = { tenant, executionId, fence: Fence.parse(0) }
    const appends: Append[] = []
    let before: Execution | null = null
    let from = 0
    for (const { last_seq: last } of rows) {
      const draft = beginTransition(
        { environment, kindDigest },
        { ...place, time: laterOf(time, before) },
        before,
      )
      for (const entry of trace.slice(from, last)) draft.add(attributionOf(entry), factOf(entry))
      appends.push(draft.append({ wakeAt: null, create: before === null ? creation(executionId) : null }))
      before = draft.execution()
      from = last
    }
    return appends
  }

  function creation(key: string): Append["create"] {
    const contract = ContractRef.parse("bench.three.run@1")
    const principal = PrincipalId.parse(trace[0]?.head.principal.id)
    return {
      inbox: {
        tenant,
        principal,
        contract,
        keyDigest: clientKeyDigestOf(Key.parse(key)),
        requestDigest: requestDigestOf(contract, canonicalBytes(key)),
      },
      leaseTo: null,
      goesFirst: false,
    }
  }
}

const laterOf = (time: Time, before: Execution | null): Time =>
  before !== null && before.updatedAt > time ? before.updatedAt : time

function factOf(entry: TraceEntry) {
  const recorded = recordedFact(entry)
  invariant(recorded.ok, "INV-08", { seq: entry.head.seq })
  return recorded.value.fact
}

function attributionOf({ head }: TraceEntry): Attribution {
  const { principal, onBehalfOf, session, capabilitySource, breakGlassId, traceparent } = head
  return { principal, onBehalfOf, session, capabilitySource, breakGlassId, traceparent }
}
