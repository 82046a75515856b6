// Roles that were given until a time, and the end of any grant.
// Owns: their queries. Does not own: who may give anything (the gate).
// Keeps INV-04 (unknown is null) and INV-10 (each query names its tenant).

import type { GrantId, PrincipalId, RoleName } from "@counterfoil/contracts"
import type { Directory } from "@counterfoil/contracts/ports"
import { sql } from "kysely"
import { timeOf } from "../database/digest-columns.ts"
import { sameFields, type DirectoryAccess } from "./directory-access.ts"

/** Reading and giving roles, and revoking a grant of either kind. */
export const roleGrantQueries = (
  access: DirectoryAccess,
): Pick<Directory, "roleGrants" | "giveRole" | "revokeGrant"> => ({
  roleGrants: (tenant) =>
    access.inTenant(tenant, async (db) => {
      const rows = await db
        .selectFrom("role_grant")
        .selectAll()
        .where("tenant", "=", tenant)
        .where("revoked_at", "is", null)
        .orderBy("grant_id")
        .execute()
      return rows.map((row) => ({
        grantId: row.grant_id as GrantId,
        principal: row.principal_id as PrincipalId,
        role: row.role as RoleName,
        expiresAt: timeOf(row.expires_at),
      }))
    }),
  giveRole: (tenant, grantId, id, role, expiresAt) => {
    const values = { tenant, grant_id: grantId, principal_id: id, role, expires_at: new Date(expiresAt) }
    return access.inTenant(tenant, async (db) => {
      await db
        .insertInto("role_grant")
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const kept = await db
        .selectFrom("role_grant")
        .selectAll()
        .where("tenant", "=", tenant)
        .where("grant_id", "=", grantId)
        .executeTakeFirst()
      return kept !== undefined && sameFields(kept, values, ["principal_id", "role", "expires_at"])
    })
  },
  revokeGrant: (tenant, grantId, at) =>
    access.inTenant(tenant, async (db) => {
      const { rows } = await sql`
          with capability as (
            update capability_grant set revoked_at = coalesce(revoked_at, ${at}::timestamptz)
            where tenant = ${tenant} and grant_id = ${grantId} returning 1
          ), role as (
            update role_grant set revoked_at = coalesce(revoked_at, ${at}::timestamptz)
            where tenant = ${tenant} and grant_id = ${grantId} returning 1
          )
          select from capability union all select from role
        `.execute(db)
      return rows.length > 0
    }),
})
