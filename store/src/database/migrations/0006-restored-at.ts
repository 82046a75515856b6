// When this database took the place of a lost one: work that is older may have gone further there than its trace says.
// Owns: the column. Does not own: what follows from it (executor), nor restoring (store/src/backup).

import { sql, type Kysely } from "kysely"

/** Adds it; null means never. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installation add column restored_at timestamptz`.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installation drop column restored_at`.execute(db)
}
