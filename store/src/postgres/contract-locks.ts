// The locks of an installation on PostgreSQL.
// Owns: reading the newest and adding the next, and the lock of a registry. Does not own: the texts of locks, which are blobs.

import type { Digest, Time } from "@counterfoil/contracts"
import type { ContractLocks } from "@counterfoil/contracts/ports"
import { sql, type Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"
import type { TenantSessions } from "./tenant-sessions.ts"
import { columnOf, digestOfColumn, timeOf } from "../database/digest-columns.ts"

/** The port on PostgreSQL; of two processes that record at once, the row's key admits one. */
export const postgresContractLocks = (sessions: TenantSessions): ContractLocks => ({
  inForce: (tenant) =>
    sessions.inTenant(tenant, async (db) => {
      const row = await db
        .selectFrom("contract_lock")
        .select(["number", "digest", "since"])
        .where("tenant", "=", tenant)
        .orderBy("number", "desc")
        .limit(1)
        .executeTakeFirst()
      return row === undefined
        ? null
        : { number: row.number, digest: digestOfColumn(row.digest), since: timeOf(row.since) }
    }),
  record: (tenant, after, digest) =>
    sessions.inTenant(tenant, async (db) => {
      const added = await db
        .insertInto("contract_lock")
        .values({ tenant, number: after + 1, digest: columnOf(digest) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst()
      return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
    }),
  keep: async (registry, digest) => {
    await sessions.acrossTenants((db) =>
      sql`
        insert into registry_lock (registry, digest) select ${columnOf(registry)}, ${columnOf(digest)}
        where ${columnOf(digest)} is distinct from (
          select digest from registry_lock where registry = ${columnOf(registry)} order by number desc limit 1
        )
      `.execute(db),
    )
  },
  ofRegistry: (registry, at) => sessions.acrossTenants((db) => lockOfRegistry(db, registry, at)),
  all: () => sessions.acrossTenants(keptLocks),
})

/** The digest of the lock with a registry's contracts at a time. */
export async function lockOfRegistry(db: Kysely<Schema>, registry: Digest, at: Time): Promise<Digest | null> {
  const kept = db
    .selectFrom("registry_lock")
    .select("digest")
    .where("registry", "=", columnOf(registry))
    .limit(1)
  const row =
    (await kept
      .where("since", "<=", sql<Date>`${at}::timestamptz`)
      .orderBy("number", "desc")
      .executeTakeFirst()) ?? (await kept.orderBy("number").executeTakeFirst())
  return row === undefined ? null : digestOfColumn(row.digest)
}

/** The digests of all locks that were kept, the newest first, each once. */
export async function keptLocks(db: Kysely<Schema>): Promise<readonly Digest[]> {
  const rows = await db
    .selectFrom("registry_lock")
    .select("digest")
    .groupBy("digest")
    .orderBy(({ fn }) => fn.max("number"), "desc")
    .execute()
  return rows.map(({ digest }) => digestOfColumn(digest))
}
