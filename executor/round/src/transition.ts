// One transition: facts become entries, the state evolves, the projections follow; all in one append.
// Owns: the order seal, evolve, project. Does not own: what the facts are (core), nor the commit (store).
// Keeps INV-07 (numbers and hashes continue the head) and INV-09 (`evolve` refuses what cannot follow, before it is written).

import {
  emptyHead,
  invariant,
  sealing,
  type Attribution,
  type ExecutionId,
  type Fact,
  type Fence,
  type TenantId,
  type Time,
  type TraceEntry,
} from "@counterfoil/contracts"
import type { Append, BlobRow } from "@counterfoil/contracts/ports"
import { evolve, projectApprovals, projectExecution, type Execution } from "@counterfoil/core"
import type { World } from "./world.ts"

/** Where a transition happens: whose trace, under which fence, at what time of the database. */
interface TransitionPlace {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly fence: Fence
  readonly time: Time
}

/** What an append needs beside its entries. */
interface AppendRest {
  readonly wakeAt: Time | null
  readonly create?: Append["create"]
  readonly blobs?: readonly BlobRow[]
}

/** A transition in the making. `add` moves the state at once; nothing counts before its append was answered. */
export interface Transition {
  readonly time: Time
  /** The state after everything added so far. Throws before the first fact of a new execution. */
  execution(): Execution
  isEmpty(): boolean
  /** Throws `InvariantBroken` when a fact cannot follow: that is a bug, and nothing was written. */
  add(by: Attribution, ...facts: readonly Fact[]): void
  append(rest: AppendRest): Append
}

/** Begins a transition from a state; null begins a new execution. */
export function beginTransition(
  { environment, kindDigest }: Pick<World, "environment" | "kindDigest">,
  place: TransitionPlace,
  before: Execution | null,
): Transition {
  // Time never goes back within a trace, even when a clock does.
  const time = before !== null && before.updatedAt > place.time ? before.updatedAt : place.time
  const expect = before === null ? emptyHead(environment, place.tenant, place.executionId) : before.head
  const entries: TraceEntry[] = []
  let state = before
  let callback: Append["callback"] = null
  const seal = sealing({ ...place, environment, kindDigest, time, after: expect })
  const execution = (): Execution => {
    invariant(state !== null, "INV-07", { executionId: place.executionId })
    return state
  }
  return {
    time,
    execution,
    isEmpty: () => entries.length === 0,
    add: (by, ...facts) => {
      for (const fact of facts) {
        const entry = seal({ ...fact, by })
        const earlier = state
        state = evolved(earlier, fact, entry)
        callback ??= callbackOf(earlier, state)
        entries.push(entry)
      }
    },
    append: ({ wakeAt, create = null, blobs = [] }) => {
      const [first, ...rest] = entries
      invariant(first !== undefined, "INV-07", { seq: expect.seq })
      const after = execution()
      const known = new Set(before?.approvals)
      const changed = new Set(
        after.approvals.filter((approval) => !known.has(approval)).map((approval) => approval.approvalId),
      )
      return {
        tenant: place.tenant,
        executionId: place.executionId,
        fence: place.fence,
        expect,
        entries: [first, ...rest],
        execution: { ...projectExecution(after), wakeAt },
        approvals: projectApprovals(after).filter((row) => changed.has(row.approvalId)),
        blobs,
        callback,
        create,
      }
    },
  }
}

/** The callback that announces an entry: the one that the intent named, when the entry ended the execution. */
function callbackOf(before: Execution | null, { life, intent, head }: Execution): Append["callback"] {
  const ended = "endedAt" in life && (before === null || !("endedAt" in before.life))
  return ended && intent.callbackId !== undefined ? { callbackId: intent.callbackId, seq: head.seq } : null
}

function evolved(state: Execution | null, fact: Fact, entry: TraceEntry): Execution {
  const next = evolve(state, { fact, head: entry.head, hash: entry.hash })
  if (next.ok) return next.value
  const { kind, seq, because, status } = next.error
  invariant(false, "INV-09", { kind, seq, because, status })
}
