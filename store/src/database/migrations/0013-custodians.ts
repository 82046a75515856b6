// Who registered a principal and who made a token: the people behind an agent or service, whom separation of duties excludes.
// Does not own: the rule itself (contracts peopleBehind). Earlier rows have neither; an earlier service or agent takes
// both its owner and its registrar from the execution that added it, if that execution's payloads still exist.
// Keeps INV-06 for what was registered before this version.

import { sql, type Kysely } from "kysely"

/** Adds the columns, and fills in who added the existing services and agents. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`
    alter table principal add column added_by text;
    alter table token add column minted_by text;
    create index token_holder on token (tenant, principal_id);
    update principal set added_by = added.requester, owner = coalesce(principal.owner, added.requester)
    from (
      select execution.tenant, execution.requester,
        convert_from(payload.bytes, 'UTF8')::json #>> '{output,principalId}' as principal_id
      from execution join payload using (tenant, execution_id)
      where execution.contract = 'controlPlane.principal.add@1' and execution.requester like 'hum\_%'
        and position('"principalId"' in convert_from(payload.bytes, 'UTF8')) > 0
    ) added
    where principal.tenant = added.tenant and principal.principal_id = added.principal_id
      and principal.kind <> 'human'
  `.execute(db)
}

/** Takes them away again; owners that were filled in stay. */
export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`
    drop index token_holder;
    alter table token drop column minted_by;
    alter table principal drop column added_by
  `.execute(db)
}
