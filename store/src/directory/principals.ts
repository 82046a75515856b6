// Principals: who exists, by id and by name, with the roles that they have now.
// Owns: their queries. Does not own: who may change anything (the gate).
// Keeps INV-04 (unknown is null) and INV-10 (each query names its tenant).

import type { HumanId, PrincipalId, PrincipalKind, RoleName, TenantId } from "@counterfoil/contracts"
import type { Directory, PrincipalRow } from "@counterfoil/contracts/ports"
import { sql, type Kysely, type Selectable } from "kysely"
import type { PrincipalTable, Schema } from "../database/schema.ts"
import { timeOf } from "../database/digest-columns.ts"
import { changed, sameFields, type DirectoryAccess } from "./directory-access.ts"

// Roles of the principal's own row and those given to it that still hold, sorted, each once.
const rolesNow = sql<readonly RoleName[]>`array(
  select role from (
    select unnest(principal.roles) as role
    union select role from role_grant
      where role_grant.tenant = principal.tenant and role_grant.principal_id = principal.principal_id
        and revoked_at is null and expires_at > clock_timestamp()
  ) held order by role)`

/** Rows of principals with the roles that they have now. */
export const aboutPrincipal = (db: Kysely<Schema>) =>
  db.selectFrom("principal").selectAll("principal").select(rolesNow.as("roles_now"))

/** Reading, adding, disabling and enabling principals. */
export const principalQueries = (
  access: DirectoryAccess,
): Pick<
  Directory,
  "principal" | "principalByName" | "principals" | "addPrincipal" | "disablePrincipal" | "enablePrincipal"
> => ({
  principal: (tenant, id) =>
    access.inTenant(tenant, async (db) => {
      const row = await aboutPrincipal(db)
        .where("tenant", "=", tenant)
        .where("principal_id", "=", id)
        .executeTakeFirst()
      return row === undefined ? null : principalOf(row)
    }),
  principalByName: (tenant, name) =>
    access.inTenant(tenant, async (db) => {
      const row = await aboutPrincipal(db)
        .where("tenant", "=", tenant)
        .where("name", "=", name)
        .executeTakeFirst()
      return row === undefined ? null : principalOf(row)
    }),
  principals: (tenant) =>
    access.inTenant(tenant, async (db) =>
      (await aboutPrincipal(db).where("tenant", "=", tenant).orderBy("principal_id").execute()).map(
        principalOf,
      ),
    ),
  addPrincipal: (row) => {
    const values = {
      tenant: row.tenant,
      principal_id: row.id,
      kind: row.kind,
      name: row.name,
      owner: row.owner,
      roles: [...row.roles],
      added_at: new Date(row.addedAt),
      disabled_at: row.enabled ? null : new Date(row.addedAt),
      added_by: row.addedBy,
    }
    return access.inTenant(row.tenant, async (db) => {
      await db
        .insertInto("principal")
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const kept = await db
        .selectFrom("principal")
        .selectAll()
        .where("tenant", "=", row.tenant)
        .where("principal_id", "=", row.id)
        .executeTakeFirst()
      return (
        kept !== undefined &&
        sameFields(kept, values, ["kind", "name", "owner", "roles", "added_at", "added_by"])
      )
    })
  },
  disablePrincipal: (tenant, id, at) =>
    access.inTenant(tenant, (db) =>
      changed(
        db
          .updateTable("principal")
          .set({ disabled_at: sql<Date>`coalesce(disabled_at, ${at}::timestamptz)` })
          .where("tenant", "=", tenant)
          .where("principal_id", "=", id)
          .executeTakeFirst(),
      ),
    ),
  enablePrincipal: (tenant, id) =>
    access.inTenant(tenant, (db) =>
      changed(
        db
          .updateTable("principal")
          .set({ disabled_at: null })
          .where("tenant", "=", tenant)
          .where("principal_id", "=", id)
          .executeTakeFirst(),
      ),
    ),
})

/** A row of the table as the port has it. */
export function principalOf(
  row: Selectable<PrincipalTable> & { readonly roles_now: readonly RoleName[] },
): PrincipalRow {
  return {
    id: row.principal_id as PrincipalId,
    tenant: row.tenant as TenantId,
    kind: row.kind as PrincipalKind,
    name: row.name,
    enabled: row.disabled_at === null,
    owner: row.owner as HumanId | null,
    roles: row.roles_now,
    addedAt: timeOf(row.added_at),
    addedBy: row.added_by as HumanId | null,
  }
}
