// How much space a row of the quarantine takes, and how many messages of each sender were dropped.
// Owns: the column, the table, their rights and row level security. Does not own: the limits (the port).
// Keeps INV-10 (as in 0002). Messages to tenants that do not exist share one count, so that names from outside make no rows.

import { sql, type Kysely } from "kysely"

/** Adds them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table quarantine add column kept_bytes int not null default 0;
    update quarantine set kept_bytes = octet_length(body) + coalesce(octet_length(problem::text), 0);
    create index quarantine_strangers on quarantine (kept_at, message_id) where principal is null;
    grant update on quarantine to counterfoil_service;
    create table quarantine_dropped (
      tenant text not null,
      sender text not null,
      dropped bigint not null,
      first_at timestamptz not null default clock_timestamp(),
      last_at timestamptz not null default clock_timestamp(),
      primary key (tenant, sender)
    );
    alter table quarantine_dropped enable row level security;
    create policy one_tenant on quarantine_dropped
      using ((select current_setting('counterfoil.tenant', true)) = '*'
        or tenant = (select current_setting('counterfoil.tenant', true)));
    grant select, insert, update, delete on quarantine_dropped to counterfoil_service;
  `.execute(db)
}

/** Takes them away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop table quarantine_dropped;
    revoke update on quarantine from counterfoil_service;
    drop index quarantine_strangers;
    alter table quarantine drop column kept_bytes
  `.execute(db)
}
