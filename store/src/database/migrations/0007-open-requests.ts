// The index that a submit's quota reads: open requests of one requester, first to expire first.
// Owns: that index. Does not own: the query (postgres/standing.ts), the quota (adapters).

import { sql, type Kysely } from "kysely"

/** Makes the index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index approval_open_of_requester on approval (tenant, requester, expires_at) where status = 'open'
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index approval_open_of_requester`.execute(db)
}
