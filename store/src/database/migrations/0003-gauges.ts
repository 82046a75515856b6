// The index that a scrape reads: executions that have not ended.
// Owns: that index. Does not own: the query (postgres/read-gauges.ts).
// Its key never changes and its predicate once, when all of the row's indexes change anyway: updates stay as cheap as they were.

import { sql, type Kysely } from "kysely"

/** Makes the index. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index execution_open on execution (execution_id) where ended_at is null`.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index execution_open`.execute(db)
}
