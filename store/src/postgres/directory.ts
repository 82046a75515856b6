// Who exists, what they hold, how they prove who they are: the Directory port on PostgreSQL.
// Owns: the queries. Does not own: who may change anything (the gate), tokens' bytes (adapters).
// Keeps INV-04 (unknown is null) and INV-10 (each query names its tenant; only a token's hash needs none).

import type { Directory, PrincipalRow, ReviewKeyRow, TokenRow } from "@counterfoil/contracts/ports"
import type {
  Assurance,
  CapabilityName,
  Grant,
  GrantId,
  HumanId,
  PrincipalId,
  PrincipalKind,
  RoleName,
  SessionId,
  TenantId,
} from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import { sql, type Kysely, type Selectable } from "kysely"
import type {
  CapabilityGrantTable,
  PrincipalTable,
  ReviewKeyTable,
  Schema,
  TokenTable,
} from "../database/schema.ts"
import { columnOf, digestOfColumn, timeOf } from "./digest-columns.ts"

/** How the directory reaches the database: a session of one tenant, or one that sees all. */
export interface DirectoryAccess {
  inTenant<T>(tenant: TenantId, run: (db: Kysely<Schema>) => Promise<T>): Promise<T>
  acrossTenants<T>(run: (db: Kysely<Schema>) => Promise<T>): Promise<T>
}

// Roles of the principal's own row and those given to it that still hold, sorted, each once.
const rolesNow = sql<readonly RoleName[]>`array(
  select role from (
    select unnest(principal.roles) as role
    union select role from role_grant
      where role_grant.tenant = principal.tenant and role_grant.principal_id = principal.principal_id
        and revoked_at is null and expires_at > clock_timestamp()
  ) held order by role)`

// Who registered a service or agent, and who made a token of it that is in use, sorted, each once; no one for a person.
const custodiansNow = sql<readonly HumanId[]>`array(
  select human from (
    select principal.added_by as human
    union select minted_by from token
      where token.tenant = principal.tenant and token.principal_id = principal.principal_id
        and revoked_at is null and expires_at > clock_timestamp()
  ) behind where human is not null and principal.kind <> 'human' order by human collate "C")`

const aboutPrincipal = (db: Kysely<Schema>) =>
  db.selectFrom("principal").selectAll("principal").select(rolesNow.as("roles_now"))

/** The Directory port over the given access. */
export function postgresDirectory(access: DirectoryAccess): Directory {
  const changed = async (done: Promise<{ readonly numUpdatedRows: bigint }>): Promise<boolean> =>
    (await done).numUpdatedRows > 0n
  const grantsOf = (db: Kysely<Schema>, tenant: TenantId, id: PrincipalId | null) => {
    const all = db
      .selectFrom("capability_grant")
      .selectAll()
      .where("tenant", "=", tenant)
      .where("revoked_at", "is", null)
    return (id === null ? all : all.where("principal_id", "=", id)).orderBy("grant_id")
  }
  return {
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
        // Sorted, because members are part of every question to policy, which is digested and recorded.
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
    delegated: (tenant, agent, human) =>
      access.inTenant(tenant, async (db) => {
        const row = await grantsOf(db, tenant, agent)
          .where("source", "=", "delegation")
          .where("given_by", "=", human)
          .where("expires_at", ">", sql<Date>`clock_timestamp()`)
          .executeTakeFirst()
        return row !== undefined
      }),
    token: async (hash) => {
      const row = await access.acrossTenants((db) =>
        db.selectFrom("token").selectAll().where("hash", "=", columnOf(hash)).executeTakeFirst(),
      )
      if (row === undefined) return null
      const token = tokenOf(row)
      const principal = await postgresDirectory(access).principal(token.tenant, token.principal)
      return principal === null ? null : { token, principal }
    },
    tokens: (tenant) =>
      access.inTenant(tenant, async (db) =>
        (
          await db.selectFrom("token").selectAll().where("tenant", "=", tenant).orderBy("session").execute()
        ).map(tokenOf),
      ),
    reviewKey: (tenant, keyId) =>
      access.inTenant(tenant, async (db) => {
        const keys = db.selectFrom("review_key").selectAll().where("tenant", "=", tenant)
        const row = await keys.where("key_id", "=", keyId).executeTakeFirst()
        return row === undefined ? null : (reviewKeysOf([row])[0] ?? null)
      }),
    reviewKeys: (tenant) =>
      access.inTenant(tenant, async (db) =>
        reviewKeysOf(
          await db
            .selectFrom("review_key")
            .selectAll()
            .where("tenant", "=", tenant)
            .orderBy("key_id")
            .execute(),
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
    enrolReviewKey: (row) => {
      const values = {
        tenant: row.tenant,
        key_id: row.keyId,
        human: row.human,
        spki: row.spki,
        enrolled_at: new Date(row.enrolledAt),
        revoked_at: row.revokedAt === null ? null : new Date(row.revokedAt),
      }
      if (reviewKeyIdOf(row.spki) !== row.keyId) return Promise.resolve(false)
      return access.inTenant(row.tenant, async (db) => {
        await db
          .insertInto("review_key")
          .values(values)
          .onConflict((conflict) => conflict.doNothing())
          .execute()
        const kept = await db
          .selectFrom("review_key")
          .selectAll()
          .where("tenant", "=", row.tenant)
          .where("key_id", "=", row.keyId)
          .executeTakeFirst()
        return kept !== undefined && sameFields(kept, values, ["human", "spki", "enrolled_at"])
      })
    },
    revokeReviewKey: (tenant, keyId, at) =>
      access.inTenant(tenant, (db) =>
        changed(
          db
            .updateTable("review_key")
            .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${at}::timestamptz)` })
            .where("tenant", "=", tenant)
            .where("key_id", "=", keyId)
            .executeTakeFirst(),
        ),
      ),
  }
}

function principalOf(
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

/** The keys of these rows. A row whose id is not that of its public part was not written by us, and is no key of anyone. */
export function reviewKeysOf(rows: readonly Selectable<ReviewKeyTable>[]): readonly ReviewKeyRow[] {
  return rows
    .filter((row) => reviewKeyIdOf(row.spki) === row.key_id)
    .map((row) => ({
      keyId: row.key_id,
      tenant: row.tenant as TenantId,
      human: row.human as HumanId,
      spki: row.spki,
      enrolledAt: timeOf(row.enrolled_at),
      revokedAt: row.revoked_at === null ? null : timeOf(row.revoked_at),
    }))
}

// Whether a row that was there already says the same in these fields; bytes and dates compare by what they spell.
function sameFields<T extends object>(
  kept: T,
  given: { readonly [K in keyof T]?: unknown },
  fields: readonly (keyof T)[],
): boolean {
  return fields.every((field) => JSON.stringify(kept[field]) === JSON.stringify(given[field]))
}
