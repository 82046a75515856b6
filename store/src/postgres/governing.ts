// Changes of governing state on PostgreSQL: one transaction each, one after the other in a tenant.
// Owns: the lock that orders them, the pointer of policy and its compare-and-swap, the results kept under a key.
// Does not own: what is changed (the handlers of governing commands).
// Keeps INV-03 (a repeated change finds its earlier result) and INV-10.

import type { ActivePolicy, Governing, PolicyChange } from "@counterfoil/contracts/ports"
import { invariant, type TenantId } from "@counterfoil/contracts"
import { sql, type Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"
import { columnOf, digestOfColumn } from "../database/digest-columns.ts"
import { postgresDirectory } from "../directory/postgres-directory.ts"
import type { TenantSessions } from "./tenant-sessions.ts"

// "governing" by FNV-1a, for a class of locks that no other program on the server uses by accident.
const governingLock = 1_029_364_337

/** Runs a change while no other process changes governing state of the tenant; rolls back its writes when it throws. */
export const runGoverning = <T>(
  sessions: TenantSessions,
  tenant: TenantId,
  change: (governing: Governing) => Promise<T>,
): Promise<T> =>
  sessions.inTenant(tenant, (db) =>
    db.transaction().execute(async (trx) => {
      // Two tenants whose names share a hash wait for each other now and then, which does no harm.
      await sql`select pg_advisory_xact_lock(${governingLock}::int, hashtext(${tenant}))`.execute(trx)
      return await change(governingIn(trx, tenant))
    }),
  )

function governingIn(trx: Kysely<Schema>, tenant: TenantId): Governing {
  return {
    directory: postgresDirectory({
      inTenant: (asked, run) => {
        invariant(asked === tenant, "INV-10", { asked, tenant })
        return run(trx)
      },
      acrossTenants: (run) => run(trx),
    }),
    policySource: () => readPolicy(trx, tenant),
    activatePolicy: (next) => movePolicy(trx, tenant, next),
    made: async (key) => {
      const row = await trx
        .selectFrom("governing_change")
        .select("output")
        .where("tenant", "=", tenant)
        .where("key", "=", Buffer.from(key, "hex"))
        .executeTakeFirst()
      return row?.output ?? null
    },
    remember: async (key, output) => {
      await trx
        .insertInto("governing_change")
        .values({ tenant, key: Buffer.from(key, "hex"), output: JSON.stringify(output) })
        .execute()
    },
  }
}

/** The activated policy of a tenant; null before the first. */
export async function readPolicy(db: Kysely<Schema>, tenant: TenantId): Promise<ActivePolicy | null> {
  const row = await db
    .selectFrom("policy_pointer")
    .select(["digest", "source"])
    .where("tenant", "=", tenant)
    .executeTakeFirst()
  return row === undefined ? null : { digest: digestOfColumn(row.digest), source: row.source }
}

/** Moves the pointer from the digest that was read; one statement, so that of two that read the same digest one moves it. */
export async function movePolicy(
  db: Kysely<Schema>,
  tenant: TenantId,
  { from, digest, source }: PolicyChange,
): Promise<boolean> {
  const row = { digest: columnOf(digest), source: JSON.stringify(source) }
  if (from === null) {
    const added = await db
      .insertInto("policy_pointer")
      .values({ tenant, ...row })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return (added.numInsertedOrUpdatedRows ?? 0n) > 0n
  }
  const moved = await db
    .updateTable("policy_pointer")
    .set(row)
    .where("tenant", "=", tenant)
    .where("digest", "=", columnOf(from))
    .executeTakeFirst()
  return moved.numUpdatedRows > 0n
}
