// Messages that did not become an intent, and how often a message was begun without an end.
// Owns: their tables, and dropping the oldest rows beyond the limits, with a count. Does not own: when a message is quarantined (adapters/bus).
// Keeps INV-10 (a tenant lists its own) and INV-13 (no header of a message is kept, so no token is).

import {
  quarantineLimits,
  type Quarantine,
  type QuarantineDropped,
  type QuarantineItem,
  type QuarantineLimits,
  type QuarantineReason,
  type QuarantineRoom,
  type QuarantineRow,
} from "@counterfoil/contracts/ports"
import type { PrincipalId, TenantId } from "@counterfoil/contracts"
import { sql, type Kysely, type RawBuilder, type Selectable } from "kysely"
import type { QuarantineTable, Schema } from "../database/schema.ts"
import { timeOf } from "../database/digest-columns.ts"
import type { TenantSessions } from "../postgres/tenant-sessions.ts"

// Two writers wait for each other, so that neither counts what the other drops. In ASCII "cfqu".
const oneAtATime = 0x63667175

/** The quarantine on PostgreSQL. */
export function openQuarantine(
  sessions: TenantSessions,
  limits: QuarantineLimits = quarantineLimits,
): Quarantine {
  return {
    keep: (row) =>
      sessions.acrossTenants((db) =>
        db.transaction().execute(async (trx) => {
          await sql`select pg_advisory_xact_lock(${oneAtATime})`.execute(trx)
          await insertRow(trx, row)
          if (row.principal === null)
            return dropOldest(trx, sql<boolean>`principal is null`, limits.strangers)
          const known = sql<boolean>`tenant = ${row.tenant} and principal is not null`
          const first = await dropOldest(trx, sql`${known} and principal = ${row.principal}`, limits.sender)
          return first + (await dropOldest(trx, known, limits.tenant))
        }),
      ),
    skip: (row) =>
      sessions.acrossTenants(async (db) => {
        await countDropped(db, [row])
      }),
    begin: (messageId) =>
      sessions.acrossTenants(async (db) => {
        const { rows } = await sql<{ begun: number }>`
          insert into delivery (message_id, begun) values (${messageId}, 1)
          on conflict (message_id) do update set begun = delivery.begun + 1, begun_at = default
          returning begun
        `.execute(db)
        return rows[0]?.begun ?? 1
      }),
    forgive: (messageId) =>
      sessions.acrossTenants(async (db) => {
        await sql`update delivery set begun = greatest(0, begun - 1) where message_id = ${messageId}`.execute(
          db,
        )
      }),
    forget: (messageId) =>
      sessions.acrossTenants(async (db) => {
        await db.deleteFrom("delivery").where("message_id", "=", messageId).execute()
      }),
    list: (tenant, own, after, limit) =>
      sessions.inTenant(tenant, async (db) => {
        const newest = db
          .selectFrom("quarantine")
          .select([
            "tenant",
            "message_id",
            "reason",
            "principal",
            "key",
            "problem",
            "deliveries",
            "body_bytes",
            "kept_at",
            sql<string>`kept_at::text`.as("place"),
          ])
          .where("tenant", "=", tenant)
          .orderBy("kept_at", "desc")
          .orderBy("message_id", "desc")
          .limit(limit + 1)
        const of = own === null ? newest : newest.where("principal", "=", own)
        const rows = await (
          after === null
            ? of
            : of.where(sql<boolean>`(kept_at, message_id) < (${after.value}::timestamptz, ${after.id})`)
        ).execute()
        const last = rows.length > limit ? rows[limit - 1] : undefined
        return {
          items: rows.slice(0, limit).map(itemOf),
          next: last === undefined ? null : { value: last.place, id: last.message_id },
          dropped: await readDropped(db, tenant, own),
        }
      }),
    expire: (days) =>
      sessions.acrossTenants(async (db) => {
        const oldest = sql`clock_timestamp() - make_interval(days => ${days})`
        await sql`delete from quarantine where kept_at < ${oldest}`.execute(db)
        await sql`delete from quarantine_dropped where last_at < ${oldest}`.execute(db)
        await sql`delete from delivery where begun_at < ${oldest}`.execute(db)
      }),
  }
}

async function insertRow(db: Kysely<Schema>, row: QuarantineRow): Promise<void> {
  const problem = row.problem === null ? null : JSON.stringify(row.problem)
  const answer = {
    reason: row.reason,
    principal: row.principal,
    key: row.key,
    problem,
    deliveries: row.deliveries,
    body: Buffer.from(row.body),
    body_bytes: row.bodyBytes,
    kept_bytes: row.body.length + (problem === null ? 0 : Buffer.byteLength(problem)),
  }
  await sql`
    insert into quarantine (tenant, message_id, reason, principal, key, problem, deliveries, body, body_bytes, kept_bytes)
    values (${row.tenant}, ${row.messageId}, ${answer.reason}, ${answer.principal}, ${answer.key}, ${answer.problem}::json,
      ${answer.deliveries}, ${answer.body}, ${answer.body_bytes}, ${answer.kept_bytes})
    on conflict (tenant, message_id) do update set reason = excluded.reason, principal = excluded.principal,
      key = excluded.key, problem = excluded.problem, deliveries = excluded.deliveries, body = excluded.body,
      body_bytes = excluded.body_bytes, kept_bytes = excluded.kept_bytes, kept_at = default
  `.execute(db)
}

/** Deletes the oldest rows of a scope until it fits its limit; the newest stays. Returns how many were deleted. */
async function dropOldest(
  db: Kysely<Schema>,
  scope: RawBuilder<boolean>,
  room: QuarantineRoom,
): Promise<number> {
  const { rows } = await sql<{ tenant: string; principal: string | null }>`
    delete from quarantine using (
      select tenant, message_id, row_number() over newest as place, sum(kept_bytes) over newest as bytes
      from quarantine where ${scope} window newest as (order by kept_at desc, message_id desc)
    ) ranked
    where quarantine.tenant = ranked.tenant and quarantine.message_id = ranked.message_id
      and place > 1 and (place > ${room.rows} or bytes > ${room.bytes})
    returning quarantine.tenant, quarantine.principal
  `.execute(db)
  await countDropped(db, rows)
  return rows.length
}

/** Adds to the counts of dropped messages. A tenant without a principal has no count of its own, so that made-up names add no rows. */
async function countDropped(
  db: Kysely<Schema>,
  rows: readonly { readonly tenant: string; readonly principal: string | null }[],
): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into quarantine_dropped (tenant, sender, dropped)
    select case when exists (select from principal where principal.tenant = gone.tenant) then gone.tenant else '' end,
      coalesce(gone.principal, ''), count(*)
    from json_to_recordset(${JSON.stringify(rows)}::json) as gone(tenant text, principal text)
    group by 1, 2
    on conflict (tenant, sender) do update set
      dropped = quarantine_dropped.dropped + excluded.dropped, last_at = excluded.last_at
  `.execute(db)
}

async function readDropped(
  db: Kysely<Schema>,
  tenant: TenantId,
  own: PrincipalId | null,
): Promise<QuarantineDropped | null> {
  const all = db
    .selectFrom("quarantine_dropped")
    .select(({ fn }) => [
      fn.sum<string>("dropped").as("count"),
      fn.min("first_at").as("first"),
      fn.max("last_at").as("last"),
    ])
    .where("tenant", "=", tenant)
  const row = await (own === null ? all : all.where("sender", "=", own)).executeTakeFirstOrThrow()
  return row.count === null
    ? null
    : { count: Number(row.count), firstAt: timeOf(row.first), lastAt: timeOf(row.last) }
}

const itemOf = (row: Omit<Selectable<QuarantineTable>, "body" | "kept_bytes">): QuarantineItem => ({
  tenant: row.tenant,
  messageId: row.message_id,
  reason: row.reason as QuarantineReason,
  principal: row.principal as PrincipalId | null,
  key: row.key,
  problem: row.problem,
  deliveries: row.deliveries,
  bodyBytes: row.body_bytes,
  at: timeOf(row.kept_at),
})
