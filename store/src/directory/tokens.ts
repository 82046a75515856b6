// Tokens and one-time sign-ins, by their hash and by their session.
// Owns: their queries. Does not own: their bytes, which are nowhere stored. A hash alone names no tenant.
// Keeps INV-04 (unknown is null) and INV-10 (each query names its tenant).

import type { Assurance, HumanId, PrincipalId, SessionId, TenantId } from "@counterfoil/contracts"
import type { Directory, TokenRow } from "@counterfoil/contracts/ports"
import { sql, type Selectable } from "kysely"
import type { TokenTable } from "../database/schema.ts"
import { columnOf, digestOfColumn, timeOf } from "../database/digest-columns.ts"
import { changed, sameFields, type DirectoryAccess } from "./directory-access.ts"
import { principalQueries } from "./principals.ts"

/** Reading, adding, revoking and resetting tokens. */
export const tokenQueries = (
  access: DirectoryAccess,
): Pick<Directory, "token" | "tokens" | "addToken" | "revokeToken" | "resetToken" | "refuseSignIn"> => ({
  token: async (hash) => {
    const row = await access.acrossTenants((db) =>
      db.selectFrom("token").selectAll().where("hash", "=", columnOf(hash)).executeTakeFirst(),
    )
    if (row === undefined) return null
    const token = tokenOf(row)
    const principal = await principalQueries(access).principal(token.tenant, token.principal)
    return principal === null ? null : { token, principal }
  },
  tokens: (tenant) =>
    access.inTenant(tenant, async (db) =>
      (
        await db.selectFrom("token").selectAll().where("tenant", "=", tenant).orderBy("session").execute()
      ).map(tokenOf),
    ),
  addToken: (row) => {
    const values = {
      hash: columnOf(row.hash),
      session: row.session,
      tenant: row.tenant,
      principal_id: row.principal,
      label: row.label,
      assurance: row.assurance,
      created_at: new Date(row.createdAt),
      expires_at: new Date(row.expiresAt),
      revoked_at: row.revokedAt === null ? null : new Date(row.revokedAt),
      minted_by: row.mintedBy,
      origin: row.origin === null ? null : JSON.stringify(row.origin),
      use: row.use,
      refused_at: row.refusedAt === null ? null : new Date(row.refusedAt),
    }
    return access.inTenant(row.tenant, async (db) => {
      await db
        .insertInto("token")
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const kept = await db
        .selectFrom("token")
        .selectAll()
        .where("tenant", "=", row.tenant)
        .where("session", "=", row.session)
        .executeTakeFirst()
      return (
        kept !== undefined &&
        sameFields(kept, values, [
          "hash",
          "principal_id",
          "label",
          "assurance",
          "created_at",
          "expires_at",
          "minted_by",
          "use",
        ])
      )
    })
  },
  revokeToken: (tenant, session, at) =>
    access.inTenant(tenant, (db) =>
      changed(
        db
          .updateTable("token")
          .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${at}::timestamptz)` })
          .where("tenant", "=", tenant)
          .where("session", "=", session)
          .executeTakeFirst(),
      ),
    ),
  resetToken: (tenant, session, at) =>
    access.inTenant(tenant, (db) =>
      changed(
        db
          .updateTable("token")
          .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${at}::timestamptz)`, reset: true })
          .where("tenant", "=", tenant)
          .where("session", "=", session)
          .executeTakeFirst(),
      ),
    ),
  refuseSignIn: (tenant, session, at) =>
    access.inTenant(tenant, (db) =>
      changed(
        db
          .updateTable("token")
          .set({ refused_at: new Date(at) })
          .where("tenant", "=", tenant)
          .where("session", "=", session)
          .where("use", "=", "signIn")
          .executeTakeFirst(),
      ),
    ),
})

function tokenOf(row: Selectable<TokenTable>): TokenRow {
  return {
    hash: digestOfColumn(row.hash),
    session: row.session as SessionId,
    tenant: row.tenant as TenantId,
    principal: row.principal_id as PrincipalId,
    label: row.label,
    assurance: row.assurance as Assurance,
    createdAt: timeOf(row.created_at),
    expiresAt: timeOf(row.expires_at),
    revokedAt: row.revoked_at === null ? null : timeOf(row.revoked_at),
    mintedBy: row.minted_by as HumanId | null,
    origin: row.origin,
    use: row.use,
    refusedAt: row.refused_at === null ? null : timeOf(row.refused_at),
    ...(row.reset ? { reset: true } : {}),
  }
}
