// The index by which a held step finds what a person has rejected before: the newest of one requester for one input.
// Owns: that index. Does not own: the query (postgres/lists.ts), what follows from it (executor).

import { sql, type Kysely } from "kysely"

/** Makes the index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create index approval_rejected on approval (tenant, requester, contract, (row ->> 'inputDigest'), approval_id)
      where status = 'rejected'
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index approval_rejected`.execute(db)
}
