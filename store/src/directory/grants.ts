// Grants of capabilities, and a principal as policy sees it: kind, owner, roles, custodians and grants.
// Owns: their queries. Does not own: who may give anything (the gate).
// Keeps INV-04 (unknown is null) and INV-10 (each query names its tenant).

import type { CapabilityName, Grant, GrantId, HumanId, PrincipalId, TenantId } from "@counterfoil/contracts"
import type { Directory } from "@counterfoil/contracts/ports"
import { sql, type Kysely, type Selectable } from "kysely"
import type { CapabilityGrantTable, Schema } from "../database/schema.ts"
import { timeOf } from "../database/digest-columns.ts"
import { sameFields, type DirectoryAccess } from "./directory-access.ts"
import { aboutPrincipal, principalOf } from "./principals.ts"

// The people who registered a service or agent, or made a token of it that is in use; sorted, each once. Empty for a person.
const custodiansNow = sql<readonly HumanId[]>`array(
  select human from (
    select principal.added_by as human
    union select minted_by from token
      where token.tenant = principal.tenant and token.principal_id = principal.principal_id
        and revoked_at is null and expires_at > clock_timestamp()
  ) behind where human is not null and principal.kind <> 'human' order by human collate "C")`

/** The grants that a tenant gave and did not revoke; with `id`, those of one principal. */
const grantsOf = (db: Kysely<Schema>, tenant: TenantId, id: PrincipalId | null) => {
  const all = db
    .selectFrom("capability_grant")
    .selectAll()
    .where("tenant", "=", tenant)
    .where("revoked_at", "is", null)
  return (id === null ? all : all.where("principal_id", "=", id)).orderBy("grant_id")
}

/** Reading and giving grants of capabilities. */
export const grantQueries = (
  access: DirectoryAccess,
): Pick<Directory, "member" | "capabilitiesOf" | "grants" | "delegated" | "giveGrant"> => ({
  member: (tenant, id, capability) =>
    access.inTenant(tenant, async (db) => {
      const row = await aboutPrincipal(db)
        .select(custodiansNow.as("custodians"))
        .where("tenant", "=", tenant)
        .where("principal_id", "=", id)
        .executeTakeFirst()
      if (row === undefined) return null
      const { custodians } = row
      const { kind, enabled, owner, roles } = principalOf(row)
      const grants = (await grantsOf(db, tenant, id).where("capability", "=", capability).execute()).map(
        grantOf,
      )
      // Sorted, because members are part of every policy request, which is digested and recorded.
      return {
        ...(custodians.length === 0 ? {} : { custodians }),
        enabled,
        grants,
        id,
        kind,
        owner,
        roles,
        tenant,
      }
    }),
  capabilitiesOf: (tenant, id) =>
    access.inTenant(tenant, async (db) => {
      const rows = await grantsOf(db, tenant, id)
        .where("expires_at", ">", sql<Date>`clock_timestamp()`)
        .execute()
      return [...new Set(rows.map((row) => row.capability as CapabilityName))].toSorted()
    }),
  grants: (tenant, id) =>
    access.inTenant(tenant, async (db) => (await grantsOf(db, tenant, id).execute()).map(grantOf)),
  delegated: (tenant, agent, human) =>
    access.inTenant(tenant, async (db) => {
      const row = await grantsOf(db, tenant, agent)
        .where("source", "=", "delegation")
        .where("given_by", "=", human)
        .where("expires_at", ">", sql<Date>`clock_timestamp()`)
        .executeTakeFirst()
      return row !== undefined
    }),
  giveGrant: (tenant, grant, givenBy, reason) => {
    const values = {
      tenant,
      grant_id: grant.grantId,
      principal_id: grant.principal,
      capability: grant.capability,
      scope: JSON.stringify(grant.scope),
      source: grant.source,
      expires_at: new Date(grant.expiresAt),
      given_by: givenBy,
      reason,
    }
    return access.inTenant(tenant, async (db) => {
      await db
        .insertInto("capability_grant")
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const kept = await db
        .selectFrom("capability_grant")
        .selectAll()
        .where("tenant", "=", tenant)
        .where("grant_id", "=", grant.grantId)
        .executeTakeFirst()
      return (
        kept !== undefined &&
        sameFields(kept, { ...values, scope: grant.scope }, [
          "principal_id",
          "capability",
          "scope",
          "source",
          "expires_at",
          "given_by",
        ])
      )
    })
  },
})

function grantOf(row: Selectable<CapabilityGrantTable>): Grant {
  return {
    capability: row.capability as CapabilityName,
    expiresAt: timeOf(row.expires_at),
    grantId: row.grant_id as GrantId,
    principal: row.principal_id as PrincipalId,
    scope: row.scope,
    source: row.source as Grant["source"],
  }
}
