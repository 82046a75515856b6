// Open and recently ended executions of a store, for a check that only reads.
// Owns: reading it, newest first, with sessions that cannot write. Does not own: the check.

import type { ExecutionId, TenantId } from "@counterfoil/contracts"
import type { LiveStore, LiveTrace } from "@counterfoil/contracts/ports"
import { sql, type Kysely } from "kysely"
import { openKysely, type StoreRole } from "../database/connect.ts"
import { refuseUnkeptSessions } from "../database/kept-sessions.ts"
import type { Schema } from "../database/schema.ts"
import { keptLocks, lockOfRegistry } from "../postgres/contract-locks.ts"
import { columnOf } from "../database/digest-columns.ts"
import { readEntries } from "../postgres/read-entries.ts"

const pageMax = 200

/** Opens it, by the owner's login or as a role that other logins have. Errors: those of an unreachable database. */
export async function openLiveStore(url: string, role: StoreRole | null = null): Promise<LiveStore> {
  await refuseUnkeptSessions(url)
  const db = openKysely<Schema>({ url, role, tenant: "*", connectionsMax: 1 })
  try {
    await sql`set default_transaction_read_only = on`.execute(db)
  } catch (cause) {
    await db.destroy()
    throw cause
  }
  return {
    traces: (days) => tracesOf(db, days),
    wasCut: () => false,
    text: async (digest) => {
      const row = await db
        .selectFrom("blob")
        .select(["media_type", "bytes"])
        .where("digest", "=", columnOf(digest))
        .executeTakeFirst()
      return row === undefined ? null : { digest, mediaType: row.media_type, bytes: row.bytes }
    },
    lockOfRegistry: (registry, at) => lockOfRegistry(db, registry, at),
    locks: () => keptLocks(db),
    close: () => db.destroy(),
  }
}

async function* tracesOf(db: Kysely<Schema>, days: number): AsyncGenerator<LiveTrace> {
  let before: ExecutionId | null = null
  for (;;) {
    const page: readonly Listed[] = await pageOf(db, days, before)
    for (const { tenant, executionId } of page)
      yield { tenant, executionId, entries: await readEntries(db, tenant, executionId, null) }
    before = page.at(-1)?.executionId ?? null
    if (before === null) return
  }
}

type Listed = Omit<LiveTrace, "entries">

// Ids begin with the time at which they were made, so the newest come first.
async function pageOf(
  db: Kysely<Schema>,
  days: number,
  before: ExecutionId | null,
): Promise<readonly Listed[]> {
  const newest = db
    .selectFrom("execution")
    .select(["tenant", "execution_id"])
    .where((is) =>
      is.or([
        is("ended_at", "is", null),
        is("ended_at", ">=", sql<Date>`now() - make_interval(days => ${days})`),
      ]),
    )
    .orderBy("execution_id", "desc")
    .limit(pageMax)
  const rows = await (before === null ? newest : newest.where("execution_id", "<", before)).execute()
  return rows.map((row) => ({
    tenant: row.tenant as TenantId,
    executionId: row.execution_id as ExecutionId,
  }))
}
