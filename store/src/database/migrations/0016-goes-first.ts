// Which executions go first, and the index by which a claim finds those of them that are due.
// Does not own: which those are (the gate), nor the query (postgres/leases.ts). Keeps INV-10.

import { sql, type Kysely } from "kysely"

/** Adds the column and its index. What was made before waits in the order of its time. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table execution add column goes_first boolean not null default false;
    create index execution_first on execution (tenant, wake_at) where goes_first and wake_at is not null
  `.execute(db)
}

/** Takes them away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop index execution_first;
    alter table execution drop column goes_first
  `.execute(db)
}
