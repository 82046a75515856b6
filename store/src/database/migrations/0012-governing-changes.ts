// The result of each change of governing state, under its idempotency key: a command that is run again after a lost answer
// finds its own row, and neither repeats nor undoes later changes.
// Owns: the table, its rights and row level security. Does not own: what governing state is (the port).
// Keeps INV-03 and INV-10 (as in 0001); rows are written once and never changed.

import { sql, type Kysely } from "kysely"

/** Makes the table; the service adds rows and reads them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table governing_change (
      tenant text not null,
      key bytea not null,
      output jsonb not null,
      made_at timestamptz not null default clock_timestamp(),
      primary key (tenant, key)
    );
    alter table governing_change enable row level security;
    create policy one_tenant on governing_change
      using ((select current_setting('counterfoil.tenant', true)) = '*'
        or tenant = (select current_setting('counterfoil.tenant', true)));
    grant select, insert on governing_change to counterfoil_service;
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table governing_change`.execute(db)
}
