// Callbacks that are to be sent: one row for each execution that ended and whose intent named one.
// Owns: the table, its rights and row level security. Does not own: what is written to it (postgres/callbacks.ts).
// Keeps INV-10 (as in 0001) and INV-13: a row has the callback's name, never its address or a secret.

import { sql, type Kysely } from "kysely"

/** Makes the table; only the service reads and writes it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table callback (
      tenant text not null,
      execution_id text not null,
      seq int not null,
      callback_id text not null,
      channel text not null,
      since timestamptz not null default clock_timestamp(),
      due_at timestamptz not null default clock_timestamp(),
      taken_until timestamptz,
      attempts int not null default 0,
      last_code text,
      -- stopped or given up; what was delivered is no longer here
      ended_at timestamptz,
      primary key (execution_id, seq)
    );
    create index callback_due on callback (callback_id, due_at) where ended_at is null;
    create index callback_waiting on callback (since) where ended_at is null;
    create index callback_ended on callback (ended_at) where ended_at is not null;
    alter table callback enable row level security;
    create policy one_tenant on callback
      using ((select current_setting('counterfoil.tenant', true)) = '*'
        or tenant = (select current_setting('counterfoil.tenant', true)));
    grant select, insert, update, delete on callback to counterfoil_service;
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table callback`.execute(db)
}
