// Which worker passed on which execution, because it lacks the contracts that the execution was planned with.
// Owns: that table. Does not own: who claims what (postgres/leases.ts).
// No row here is proof: a lost one costs one more attempt.

import { sql, type Kysely } from "kysely"

/** Makes the table; only the service reads and writes it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table passed_on (
      tenant text not null,
      execution_id text not null,
      worker text not null,
      passed_at timestamptz not null default clock_timestamp(),
      primary key (execution_id, worker)
    );
    create index passed_on_oldest on passed_on (passed_at);
    alter table passed_on enable row level security;
    create policy one_tenant on passed_on
      using ((select current_setting('counterfoil.tenant', true)) = '*'
        or tenant = (select current_setting('counterfoil.tenant', true)));
    grant select, insert, delete on passed_on to counterfoil_service;
  `.execute(db)
}

/** Takes it away again. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table passed_on`.execute(db)
}
