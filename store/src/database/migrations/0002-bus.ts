// Tables of the bus: how far events were published, quarantined messages, and a bus on PostgreSQL itself.
// Owns: their columns, rights and row level security. Does not own: what is written to them (store/src/bus).
// Keeps INV-10 (as in 0001) and INV-14: nothing here is proof, so all of it may be lost and is made again from the log.

import { sql, type Kysely } from "kysely"

const tables = sql`
  create table relay_cursor (
    one boolean primary key default true check (one),
    holder text,
    lease_until timestamptz,
    fence bigint not null default 0,
    log_index bigint not null default 0,
    position bigint not null default 0,
    stream text,
    stream_number bigint not null default 0
  );
  insert into relay_cursor default values;

  create table quarantine (
    tenant text not null,
    message_id text not null,
    reason text not null,
    principal text,
    key text,
    problem json,
    deliveries int not null,
    body bytea not null,
    body_bytes int not null,
    kept_at timestamptz not null default clock_timestamp(),
    primary key (tenant, message_id)
  );
  create index quarantine_newest on quarantine (tenant, kept_at, message_id);
  create index quarantine_oldest on quarantine (kept_at);

  create table delivery (
    message_id text primary key,
    begun int not null,
    begun_at timestamptz not null default clock_timestamp()
  );
  create index delivery_oldest on delivery (begun_at);

  create table bus_stream (
    one boolean primary key default true check (one),
    stream text not null default gen_random_uuid()::text,
    last_number bigint not null default 0
  );
  insert into bus_stream default values;

  create table bus_event (
    number bigint primary key,
    tenant text not null,
    id bytea not null check (length(id) = 32),
    execution_id text not null,
    kind text not null,
    position bigint not null,
    body bytea not null,
    stored_at timestamptz not null default clock_timestamp()
  );
  create index bus_event_oldest on bus_event (stored_at);

  create table bus_submission (
    number bigint generated always as identity primary key,
    tenant text not null,
    -- of the token, never the token itself
    token_hash bytea,
    key text,
    traceparent text,
    body bytea not null,
    deliveries int not null default 0,
    due timestamptz not null default clock_timestamp()
  );
  create index bus_submission_due on bus_submission (due, number);
`

const tenantTables = ["quarantine", "bus_event", "bus_submission"] as const
const systemTables = ["relay_cursor", "delivery", "bus_stream"] as const

const privileges = sql`
  grant select, update on relay_cursor, bus_stream to counterfoil_service;
  grant select, insert, update, delete on delivery, bus_submission to counterfoil_service;
  grant select, insert, delete on quarantine, bus_event to counterfoil_service;
`

/** Makes the tables. Messages belong to a tenant; cursor, deliveries and the stream's end to the installation. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await tables.execute(db)
  await privileges.execute(db)
  for (const table of tenantTables) {
    await sql`alter table ${sql.table(table)} enable row level security`.execute(db)
    await sql`
      create policy one_tenant on ${sql.table(table)}
        using ((select current_setting('counterfoil.tenant', true)) = '*'
          or tenant = (select current_setting('counterfoil.tenant', true)))
    `.execute(db)
  }
}

/** Takes everything away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of [...tenantTables, ...systemTables])
    await sql`drop table ${sql.table(table)}`.execute(db)
}
