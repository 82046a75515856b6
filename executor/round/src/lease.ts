// The lease under which one worker alone writes to an execution.
// Owns: how long it lasts, and the state that its holder takes over from the creation. Does not own: renewing it (worker.ts).

import type { Execution } from "@counterfoil/core"
import type { Settled } from "./settle.ts"

/** How long a lease lasts without a renewal. */
export const leaseSeconds = 30

/**
 * A state that need not be loaded, with the calls that its last append announced. `begunMs`: the monotonic time before
 * that append, from which the deadlines of these calls run.
 */
export interface Given {
  readonly begunMs: number
  readonly execution: Execution
  readonly settled: Settled
}
