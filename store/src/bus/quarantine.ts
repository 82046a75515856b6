// Messages that did not become an intent, and how often a message was begun without an end.
// Owns: both tables. Does not own: when a message is put aside (adapters/bus).
// Keeps INV-10 (a tenant lists its own) and INV-13 (no header of a message is kept, so no token is).

import type { Quarantine, QuarantineItem, QuarantineReason } from "@counterfoil/contracts/ports"
import type { PrincipalId } from "@counterfoil/contracts"
import { sql } from "kysely"
import type { Selectable } from "kysely"
import type { QuarantineTable } from "../database/schema.ts"
import { timeOf } from "../postgres/digest-columns.ts"
import type { TenantSessions } from "../postgres/tenant-sessions.ts"

/** The quarantine on PostgreSQL. */
export function openQuarantine(sessions: TenantSessions): Quarantine {
  return {
    keep: (row) =>
      sessions.acrossTenants(async (db) => {
        await db
          .insertInto("quarantine")
          .values({
            tenant: row.tenant,
            message_id: row.messageId,
            reason: row.reason,
            principal: row.principal,
            key: row.key,
            problem: row.problem === null ? null : JSON.stringify(row.problem),
            deliveries: row.deliveries,
            body: Buffer.from(row.body),
            body_bytes: row.bodyBytes,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
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
        }
      }),
    expire: (days) =>
      sessions.acrossTenants(async (db) => {
        const oldest = sql`clock_timestamp() - make_interval(days => ${days})`
        await sql`delete from quarantine where kept_at < ${oldest}`.execute(db)
        await sql`delete from delivery where begun_at < ${oldest}`.execute(db)
      }),
  }
}

const itemOf = (row: Omit<Selectable<QuarantineTable>, "body">): QuarantineItem => ({
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
