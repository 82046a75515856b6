// Read before a submit is accepted: how much is open, and the execution that its key made before.
// Owns: one bounded statement for each, over an index. Does not own: the limits, nor the answer to the caller.

import { ExecutionId, type PrincipalId, type TenantId } from "@counterfoil/contracts"
import type { InboxRow, Standing } from "@counterfoil/contracts/ports"
import { sql, type Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"
import { columnOf, digestOfColumn, timeOf } from "../database/digest-columns.ts"

/** Counts at most `max` of either kind. */
export async function readStanding(
  db: Kysely<Schema>,
  tenant: TenantId,
  requester: PrincipalId,
  max: { readonly executions: number; readonly requests: number },
): Promise<Standing> {
  const { rows } = await sql<{ executions: number; requests: number; expires: Date | null }>`
    select executions.open::int as executions, requests.open::int as requests, requests.expires
    from (
      select count(*) as open from (
        select from execution where ended_at is null and tenant = ${tenant} limit ${max.executions}
      ) of_tenant
    ) executions, (
      select count(*) as open, min(expires_at) as expires from (
        select expires_at from approval
        where tenant = ${tenant} and requester = ${requester} and status = 'open'
          and expires_at > clock_timestamp()
        order by expires_at limit ${max.requests}
      ) of_requester
    ) requests
  `.execute(db)
  const [row] = rows
  return {
    openExecutions: row?.executions ?? 0,
    openRequests: row?.requests ?? 0,
    firstExpiry: row === undefined || row.expires === null ? null : timeOf(row.expires),
  }
}

/** The inbox row under a key; null when there is none. */
export async function madeUnder(db: Kysely<Schema>, key: Omit<InboxRow, "requestDigest">) {
  const row = await db
    .selectFrom("inbox")
    .select(["execution_id", "request_digest"])
    .where("tenant", "=", key.tenant)
    .where("principal", "=", key.principal)
    .where("contract", "=", key.contract)
    .where("key_digest", "=", columnOf(key.keyDigest))
    .executeTakeFirst()
  return row === undefined
    ? null
    : { executionId: ExecutionId.parse(row.execution_id), requestDigest: digestOfColumn(row.request_digest) }
}
