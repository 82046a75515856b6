// The contracts that an installation has used, one row for each rollout that changed them; and the lock of each registry
// that a trace can name.
// Owns: the tables, their rights and row level security. Does not own: the texts of the locks (blob), the traces of rollouts.
// Keeps INV-10 (as in 0001); rows are written once and never changed.

import { sql, type Kysely } from "kysely"

/** Makes the tables; the service adds rows and reads them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table contract_lock (
      tenant text not null,
      number int not null,
      digest bytea not null,
      since timestamptz not null default clock_timestamp(),
      primary key (tenant, number)
    );
    alter table contract_lock enable row level security;
    create policy one_tenant on contract_lock
      using ((select current_setting('counterfoil.tenant', true)) = '*'
        or tenant = (select current_setting('counterfoil.tenant', true)));
    -- one registry has several locks when only words or tags changed, which are in no digest of a contract
    create table registry_lock (
      number int generated always as identity primary key,
      registry bytea not null,
      digest bytea not null,
      -- as exact as times are in a trace
      since timestamptz not null default date_trunc('milliseconds', clock_timestamp())
    );
    create index registry_lock_of on registry_lock (registry, number);
    grant select, insert on contract_lock, registry_lock to counterfoil_service;
    -- a process looks whether the schema is that of its own version
    grant select on kysely_migration to counterfoil_service;
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    revoke select on kysely_migration from counterfoil_service;
    drop table contract_lock, registry_lock
  `.execute(db)
}
