// Who may follow events as they happen, and which of them: the same decisions as reading, asked for streams.
// Owns: that mapping. Does not own: the decision (authorise.ts), nor the stream (http).
// An execution's stream is open to a caller who may read the execution, the tenant's to one who may read traces; no stream
// shows an execution whose trace a rule forbids.

import {
  err,
  executionGet,
  ok,
  type ExecutionId,
  type Refusal,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import type { Reach } from "@counterfoil/contracts/ports"
import { admit } from "./admit.ts"
import { aboutOf, askingOf, authorityOf, type DecidingWorld } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import { firstEnd, isWholeTenant, reachOf } from "./reach.ts"
import { rowsBy } from "./showing.ts"
import { traceForbidden } from "./trace-forbidden.ts"

/** What a reader may follow, and until when that holds: then it is decided again. */
export interface Following {
  /** The executions whose events are shown; null for all of what is followed. */
  readonly reach: Reach | null
  readonly until: Time | null
}

/** What a caller may follow of one execution, or with null of its whole tenant; or why it may follow nothing. */
export async function mayReadEvents(
  { world }: { readonly world: DecidingWorld },
  caller: Caller,
  executionId: ExecutionId | null,
): Promise<Result<Following, Refusal>> {
  const authority = await authorityOf(world, caller.tenant)
  if (executionId === null) {
    const { reach, refusal, until } = await reachOf(authority, caller, rowsBy.events)
    if (refusal !== null) return err(refusal)
    return ok({ reach: isWholeTenant(reach) ? null : reach, until })
  }
  const read = await admit({ world }, caller, executionGet, { executionId })
  if (!read.ok) return read
  const asking = await askingOf(authority, caller, executionGet)
  if (!asking.ok) return asking
  const forbidden =
    read.value.row === null ? null : traceForbidden(authority, asking.value, aboutOf(read.value.row))
  return forbidden === null
    ? ok({ reach: null, until: firstEnd(asking.value, authority.now) })
    : err(forbidden)
}
