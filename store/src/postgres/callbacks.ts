// Callbacks to send, on PostgreSQL.
// Owns: taking, settling and giving up rows of the table. Does not own: when one becomes due (append-statement.ts), sending.
// Keeps INV-14: a row is held for a time and never taken away before it is settled, so one that was sent by a process
// that died is sent again.

import type {
  CallbackDelivery,
  CallbackQueue,
  CallbackRoom,
  CallbackSend,
} from "@counterfoil/contracts/ports"
import type { CallbackId, Channel, ExecutionId, TenantId } from "@counterfoil/contracts"
import { sql, type Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"
import type { TenantSessions } from "./tenant-sessions.ts"

/** The queue on PostgreSQL. */
export const postgresCallbacks = (sessions: Pick<TenantSessions, "acrossTenants">): CallbackQueue => ({
  take: (rooms, holdSeconds) => sessions.acrossTenants((db) => take(db, rooms, holdSeconds)),
  settle: (delivery, send) => sessions.acrossTenants((db) => settle(db, delivery, send)),
  giveUp: (afterSeconds) => sessions.acrossTenants((db) => giveUp(db, afterSeconds)),
})

/** Frees the rows that ended processes hold; only for a process that is certainly the only one on this database. */
export async function freeCallbacks(db: Kysely<Schema>): Promise<void> {
  await db.updateTable("callback").set({ taken_until: null }).where("taken_until", "is not", null).execute()
}

async function take(
  db: Kysely<Schema>,
  rooms: readonly CallbackRoom[],
  holdSeconds: number,
): Promise<readonly CallbackDelivery[]> {
  if (rooms.length === 0) return []
  const { rows } = await sql<CallbackColumns>`
    with free as materialized (
      select due.execution_id, due.seq
      from json_to_recordset(${JSON.stringify(rooms)}::json) as r("callbackId" text, room int) cross join lateral (
        select execution_id, seq from callback
        where callback_id = r."callbackId" and ended_at is null and due_at <= statement_timestamp()
          and (taken_until is null or taken_until <= statement_timestamp())
        order by due_at limit r.room for update skip locked
      ) due
    )
    update callback as c set attempts = c.attempts + 1,
      taken_until = clock_timestamp() + make_interval(secs => ${holdSeconds})
    from free where c.execution_id = free.execution_id and c.seq = free.seq
    returning c.tenant, c.execution_id, c.seq, c.callback_id, c.channel, c.attempts, c.last_code
  `.execute(db)
  return rows.map(deliveryOf)
}

async function settle(db: Kysely<Schema>, delivery: CallbackDelivery, send: CallbackSend): Promise<void> {
  const { executionId, seq, attempt } = delivery
  if (send.kind === "delivered") {
    await sql`delete from callback where execution_id = ${executionId} and seq = ${seq}`.execute(db)
    return
  }
  const then =
    send.kind === "again"
      ? sql`due_at = clock_timestamp() + make_interval(secs => ${send.afterMs / 1_000})`
      : sql`ended_at = clock_timestamp()`
  await sql`
    update callback set taken_until = null, last_code = ${send.code}, ${then}
    where execution_id = ${executionId} and seq = ${seq} and attempts = ${attempt} and ended_at is null
  `.execute(db)
}

async function giveUp(db: Kysely<Schema>, afterSeconds: number): Promise<readonly CallbackDelivery[]> {
  const { rows } = await sql<CallbackColumns>`
    with forgotten as (
      delete from callback where ended_at < statement_timestamp() - interval '30 days'
    )
    update callback as c set ended_at = clock_timestamp()
    where c.ended_at is null and c.since <= statement_timestamp() - make_interval(secs => ${afterSeconds})
    returning c.tenant, c.execution_id, c.seq, c.callback_id, c.channel, c.attempts, c.last_code
  `.execute(db)
  return rows.map(deliveryOf)
}

interface CallbackColumns {
  readonly tenant: TenantId
  readonly execution_id: ExecutionId
  readonly seq: number
  readonly callback_id: CallbackId
  readonly channel: Channel
  readonly attempts: number
  readonly last_code: string | null
}

const deliveryOf = (row: CallbackColumns): CallbackDelivery => ({
  tenant: row.tenant,
  executionId: row.execution_id,
  seq: row.seq,
  callbackId: row.callback_id,
  channel: row.channel,
  attempt: row.attempts,
  lastCode: row.last_code,
})
