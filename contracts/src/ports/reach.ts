// Which executions a caller may be shown, as data: the same for a read, a list and a stream, in SQL and in memory.
// Owns: the form, and what it says of one execution. Does not own: how it is decided (the gate).
// Keeps INV-10: every view of several executions filters by one reach, so that nothing outside it is even counted.

import type { ExecutionId, PrincipalId } from "../primitives.ts"

/** Some executions: those named alone, or all but those named. */
export interface ExecutionSet {
  readonly kind: "only" | "allBut"
  readonly ids: readonly ExecutionId[]
}

/** The executions within reach of a principal: of its own (asked for by it, or on its behalf), and of those of others. */
export interface Reach {
  readonly principal: PrincipalId
  readonly own: ExecutionSet
  readonly others: ExecutionSet
}

/** The fields of an execution, or of anything that belongs to one, by which a reach covers it or not. */
export interface OwnedExecution {
  readonly executionId: ExecutionId
  readonly requester: PrincipalId
  readonly onBehalfOf: PrincipalId | null
}

/** True when the execution is within reach; a reach of null is the whole tenant. */
export function isWithin(reach: Reach | null, row: OwnedExecution): boolean {
  if (reach === null) return true
  const isOwn = row.requester === reach.principal || row.onBehalfOf === reach.principal
  const { kind, ids } = isOwn ? reach.own : reach.others
  return ids.includes(row.executionId) === (kind === "only")
}
