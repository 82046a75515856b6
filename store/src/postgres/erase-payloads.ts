// Deletes payloads, and leaves the proof of them.
// Owns: which payloads go. Does not own: recording it (`trace.erased`, `trace.expired`) nor legal holds.
// Runs as the eraser role, which can delete payloads and nothing else. Only closed executions lose theirs.

import type { Erased } from "@counterfoil/contracts/ports"
import type { ExecutionId, TenantId, Time } from "@counterfoil/contracts"
import type { Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"

/** What to erase: one execution, or all of the tenant that ended before a time. */
type ErasureScope = { readonly executionId: ExecutionId } | { readonly endedBefore: Time }

/** Counts of what was deleted; an execution whose payloads were gone already does not count. */
export async function erasePayloadsOf(
  eraser: Kysely<Schema>,
  tenant: TenantId,
  what: ErasureScope,
): Promise<Erased> {
  const deleted = await eraser
    .deleteFrom("payload")
    .where("tenant", "=", tenant)
    .where("execution_id", "in", (query) => {
      const closed = query
        .selectFrom("execution")
        .select("execution_id")
        .where("tenant", "=", tenant)
        .where("ended_at", "is not", null)
      return "executionId" in what
        ? closed.where("execution_id", "=", what.executionId)
        : closed.where("ended_at", "<", new Date(what.endedBefore))
    })
    .returning("execution_id")
    .execute()
  return { payloads: deleted.length, executions: new Set(deleted.map((row) => row.execution_id)).size }
}
