// Payloads stay in their row as they are, up to what a page holds; only longer ones are compressed and put elsewhere.
// Owns: that setting. Does not own: payloads written before, which are read as they were stored.
// Compressing the payloads of two kilobytes and more took an eighth of the database's whole time for an execution.

import { sql, type Kysely } from "kysely"

// The most that PostgreSQL takes with pages of 8 kB.
const rowBytesMax = 8_160

/** Sets it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table payload set (toast_tuple_target = ${sql.lit(rowBytesMax)})`.execute(db)
}

/** Takes it back. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table payload reset (toast_tuple_target)`.execute(db)
}
