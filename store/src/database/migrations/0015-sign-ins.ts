// Sign-ins that are exchanged once for a person's own token, and where each token came from.
// Does not own: who may make one (auth), nor what a review records of it. A token from before this version that another person
// made, and every token of a person who had such a token, counts as one that the other may have a copy of.
// Keeps INV-06 for tokens from before this version.

import { sql, type Kysely } from "kysely"

/** Adds the columns, and fills in the origin where it is known. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table token add column origin jsonb;
    alter table token add column use text not null default 'session' check (use in ('session', 'signIn'));
    alter table token add column refused_at timestamptz;
    alter table token add column reset boolean not null default false;
    update token set origin = jsonb_build_object('from', 'person', 'by', given.by)
    from (
      select distinct on (tenant, principal_id) tenant, principal_id, minted_by as by
      from token where minted_by <> principal_id
      order by tenant, principal_id, created_at
    ) given
    where token.tenant = given.tenant and token.principal_id = given.principal_id and token.minted_by is not null
  `.execute(db)
}

/** Takes them away again, and the sign-ins with them: as tokens they would prove who is calling. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    delete from token where use = 'signIn';
    alter table token drop column reset;
    alter table token drop column refused_at;
    alter table token drop column use;
    alter table token drop column origin
  `.execute(db)
}
