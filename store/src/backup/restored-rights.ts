// Everything that gives someone rights, by the rows of a database: principals, roles, grants, tokens, review keys, the policy.
// Owns: reading them. Does not own: what made them, nor whether they count (adapters/server/src/operate/backup).

import type { Digest, GrantScope, PolicySource, TokenOrigin } from "@counterfoil/contracts"
import type { TokenRow } from "@counterfoil/contracts/ports"
import type { Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"
import { digestOfColumn, timeOf } from "../database/digest-columns.ts"

/** One right in a tenant, by a row of the directory or of the policy. Times are ISO 8601. */
export type RestoredRight =
  | {
      readonly what: "principal"
      readonly tenant: string
      readonly id: string
      readonly kind: string
      readonly name: string
      readonly owner: string | null
      readonly addedBy: string | null
      readonly disabledAt: string | null
    }
  | {
      readonly what: "role"
      readonly tenant: string
      /** The id of the grant; null for a role in the principal's own row. */
      readonly id: string | null
      readonly principal: string
      readonly role: string
      readonly expiresAt: string | null
      readonly revokedAt: string | null
    }
  | {
      readonly what: "grant"
      readonly tenant: string
      readonly id: string
      readonly principal: string
      readonly capability: string
      readonly scope: GrantScope
      readonly source: string
      readonly expiresAt: string
      readonly revokedAt: string | null
    }
  | {
      readonly what: "token"
      readonly tenant: string
      readonly id: string
      readonly principal: string
      readonly label: string
      readonly assurance: string
      /** The start of the token's stored digest: another token with the same label has a different one. */
      readonly fingerprint: string
      readonly use: TokenRow["use"]
      readonly mintedBy: string | null
      readonly origin: TokenOrigin | null
      readonly expiresAt: string
      readonly revokedAt: string | null
    }
  | {
      readonly what: "reviewKey"
      readonly tenant: string
      readonly id: string
      readonly principal: string
      readonly spki: string
      readonly revokedAt: string | null
    }
  | {
      readonly what: "policy"
      readonly tenant: string
      readonly id: Digest
      readonly source: PolicySource
    }

/** `sha256:` and 32 digits: too many to find another token for, and few enough to compare by eye. */
const fingerprintLength = 39

/** All of them, ended ones included: by kind, then by tenant and id. */
export async function rightsOf(db: Kysely<Schema>): Promise<readonly RestoredRight[]> {
  const principals = await db
    .selectFrom("principal")
    .selectAll()
    .orderBy("tenant")
    .orderBy("principal_id")
    .execute()
  const roles = await db.selectFrom("role_grant").selectAll().orderBy("tenant").orderBy("grant_id").execute()
  const grants = await db
    .selectFrom("capability_grant")
    .selectAll()
    .orderBy("tenant")
    .orderBy("grant_id")
    .execute()
  const tokens = await db.selectFrom("token").selectAll().orderBy("tenant").orderBy("session").execute()
  const keys = await db.selectFrom("review_key").selectAll().orderBy("tenant").orderBy("key_id").execute()
  const policies = await db.selectFrom("policy_pointer").selectAll().orderBy("tenant").execute()
  return [
    ...principals.map((row) => ({
      what: "principal" as const,
      tenant: row.tenant,
      id: row.principal_id,
      kind: row.kind,
      name: row.name,
      owner: row.owner,
      addedBy: row.added_by,
      disabledAt: isoOf(row.disabled_at),
    })),
    ...principals.flatMap((row) =>
      row.roles.map((role) => ({
        what: "role" as const,
        tenant: row.tenant,
        id: null,
        principal: row.principal_id,
        role,
        expiresAt: null,
        revokedAt: null,
      })),
    ),
    ...roles.map((row) => ({
      what: "role" as const,
      tenant: row.tenant,
      id: row.grant_id,
      principal: row.principal_id,
      role: row.role,
      expiresAt: timeOf(row.expires_at),
      revokedAt: isoOf(row.revoked_at),
    })),
    ...grants.map((row) => ({
      what: "grant" as const,
      tenant: row.tenant,
      id: row.grant_id,
      principal: row.principal_id,
      capability: row.capability,
      scope: row.scope,
      source: row.source,
      expiresAt: timeOf(row.expires_at),
      revokedAt: isoOf(row.revoked_at),
    })),
    ...tokens.map((row) => ({
      what: "token" as const,
      tenant: row.tenant,
      id: row.session,
      principal: row.principal_id,
      label: row.label,
      assurance: row.assurance,
      fingerprint: digestOfColumn(row.hash).slice(0, fingerprintLength),
      use: row.use,
      mintedBy: row.minted_by,
      origin: row.origin,
      expiresAt: timeOf(row.expires_at),
      revokedAt: isoOf(row.revoked_at),
    })),
    ...keys.map((row) => ({
      what: "reviewKey" as const,
      tenant: row.tenant,
      id: row.key_id,
      principal: row.human,
      spki: row.spki,
      revokedAt: isoOf(row.revoked_at),
    })),
    ...policies.map((row) => ({
      what: "policy" as const,
      tenant: row.tenant,
      id: digestOfColumn(row.digest),
      source: row.source,
    })),
  ]
}

const isoOf = (column: Date | null): string | null => (column === null ? null : timeOf(column))
