// One secret an installation, with which every process seals the cursors of its lists.
// Owns: that column. Does not own: the seal (adapters, gate/cursor.ts).
// A reader of it can also read every row that a cursor could point at, so the database may keep it.

import { sql, type Kysely } from "kysely"

/** Adds the secret: 244 random bits, drawn by the server when the row is made. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table installation add column cursor_secret bytea not null
      default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex')
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table installation drop column cursor_secret`.execute(db)
}
