// One transition: facts become entries, the state moves, the projections follow; all of it one append.
// Owns: the order seal, evolve, project. Does not own: what the facts are (core), nor the commit (store).
// Keeps INV-07 (numbers and hashes continue the head) and INV-09 (`evolve` refuses what cannot follow, before it is written).

import {
  emptyHead, invariant, sealEntries, type Attribution, type EntryKind, type Environment, type ExecutionId, type Fact, type Fence, type TenantId, type Time,
  type TraceEntry, type Digest,
} from "@counterfoil/contracts"
import type { Append, BlobRow } from "@counterfoil/contracts/ports"
import { evolve, projectApprovals, projectExecution, type Execution } from "./core/index.ts"

/** One fact and who states it. */
export type Stated = Fact & { readonly by: Attribution }

/** Where a transition happens: whose trace, under which fence, at what time of the database. */
export interface TransitionPlace {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly fence: Fence
  readonly time: Time
  kindDigest(kind: EntryKind): Digest
}

/** A transition that is ready to be appended, and the state that holds once it was. */
export interface Transition {
  readonly append: Append
  readonly execution: Execution
}

/** Adds facts to an execution (null: a new one). Throws `InvariantBroken` when a fact cannot follow: a bug, and nothing was written. */
export function transition(place: TransitionPlace, before: Execution | null, facts: readonly [Stated, ...Stated[]], create: Append["create"], blobs: readonly BlobRow[] = []): Transition {
  const after = before === null ? emptyHead(place.environment, place.tenant, place.executionId) : before.head
  const time = before !== null && before.updatedAt > place.time ? before.updatedAt : place.time
  const entries = sealEntries({ ...place, time, after }, facts)
  const execution = entries.reduce<Execution | null>((state, entry, i) => {
    const fact = facts[i]
    invariant(fact !== undefined, "INV-07", { seq: entry.head.seq })
    return evolved(state, fact, entry)
  }, before)
  const [first, ...rest] = entries
  invariant(execution !== null && first !== undefined, "INV-07", { seq: after.seq })
  const known = new Map((before === null ? [] : before.approvals).map((approval) => [approval.approvalId, approval]))
  const changed = new Set(execution.approvals.filter((approval) => known.get(approval.approvalId) !== approval).map((approval) => approval.approvalId))
  return {
    execution,
    append: {
      tenant: place.tenant, executionId: place.executionId, fence: place.fence, expect: after, entries: [first, ...rest],
      execution: projectExecution(execution), approvals: projectApprovals(execution).filter((row) => changed.has(row.approvalId)), blobs, create,
    },
  }
}

function evolved(state: Execution | null, fact: Fact, entry: TraceEntry): Execution {
  const next = evolve(state, { fact, head: entry.head, hash: entry.hash })
  if (next.ok) return next.value
  const { kind, seq, because, status } = next.error
  invariant(false, "INV-09", { kind, seq, because, status })
}
