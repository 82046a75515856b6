// Whether this database would serve a call now, asked on the sessions that calls use.
// Owns: what a call needs of it. Does not own: how often this is checked, nor what follows when it would not.
// A connection that answers is not enough: when a session loses its tenant, or its role loses a right, valid tokens are unknown and
// lists are empty, and nothing fails.

import { sql, type Kysely } from "kysely"
import type { TenantId } from "@counterfoil/contracts"
import type { Schema } from "../database/schema.ts"
import type { TenantSessions } from "./tenant-sessions.ts"

/** The tables that calls read; a query that returns no row needs the same right as one that does. */
const readTables = [
  "entry",
  "payload",
  "append",
  "blob",
  "inbox",
  "execution",
  "approval",
  "policy_pointer",
  "principal",
  "capability_grant",
  "role_grant",
  "token",
  "review_key",
  "installation",
] as const
/** The tables that a submit writes. */
const writtenTables = ["entry", "append", "execution", "inbox"] as const

/**
 * True when the role that calls use reads and writes what they need, in sessions that have kept their settings, and sees the
 * existing tokens. Throws what a query throws, for a missing right as for an unreachable database.
 */
export async function servesCalls(sessions: TenantSessions, tenant: TenantId): Promise<boolean> {
  const [known, own] = await Promise.all([
    sessions.acrossTenants(systemServes),
    sessions.inTenant(tenant, (db) => tenantServes(db, tenant)),
  ])
  return known && own
}

// A table that has pages has had rows, and no row of these two tables is ever deleted.
const seesRows = (table: "token" | "principal") =>
  sql<boolean>`(exists (select from ${sql.table(table)}) or pg_relation_size(${table}::regclass) = 0)`

async function systemServes(db: Kysely<Schema>): Promise<boolean> {
  const readable = readTables.map((table) => sql`(select 1 from ${sql.table(table)} limit 0)`)
  const writable = writtenTables.map((table) => sql<boolean>`has_table_privilege(${table}, 'insert')`)
  const { rows } = await sql<{ serves: boolean }>`
    select ${told("*")} and current_setting('transaction_read_only') = 'off' and not pg_is_in_recovery()
        and ${seesRows("token")} and ${seesRows("principal")} and ${sql.join(writable, sql` and `)} as serves
      where not exists (${sql.join(readable, sql` union all `)})
  `.execute(db)
  return rows[0]?.serves === true
}

async function tenantServes(db: Kysely<Schema>, tenant: TenantId): Promise<boolean> {
  const { rows } = await sql<{ serves: boolean }>`
    select ${told(tenant)} and exists (select from policy_pointer where tenant = ${tenant}) as serves
  `.execute(db)
  return rows[0]?.serves === true
}

/** Whether the session acts as the product's role and sees exactly what its settings say. */
const told = (tenant: string) =>
  sql<boolean>`current_user = 'counterfoil_service' and current_setting('counterfoil.tenant', true) = ${tenant}`
