// The port by which a read-only check reads traces.
// Owns: the interface. Does not own: the check, or the database.

import type { Digest, ExecutionId, TenantId, Time } from "../primitives.ts"
import type { TraceEntry } from "../trace/entry.ts"
import type { BlobRow } from "./store.ts"

/** One execution with its trace. */
export interface LiveTrace {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly entries: readonly TraceEntry[]
}

/** A store to look at. `traces`: every execution that is not closed, and those that ended in the last so many days, of all tenants. */
export interface LiveStore {
  traces(days: number): AsyncGenerator<LiveTrace>
  /** Whether the last walk through the traces left some out because there were too many. */
  wasCut(): boolean
  /** A text that entries name by digest; null when it is not there. */
  text(digest: Digest): Promise<BlobRow | null>
  /** The lock with the contracts of a registry that a trace names, at its time; null when none was kept. */
  lockOfRegistry(registry: Digest, at: Time): Promise<Digest | null>
  /** Every lock that was kept, the newest first, each once. */
  locks(): Promise<readonly Digest[]>
  close(): Promise<void>
}
