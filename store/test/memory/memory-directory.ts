// The Directory port in memory, for tests and the simulator: the same laws, no database.
// Owns: rows by tenant. Does not own: time, which it is given.

import type { Directory, PrincipalRow, ReviewKeyRow, TokenRow } from "@counterfoil/contracts/ports"
import type {
  CapabilityName,
  Grant,
  GrantId,
  HumanId,
  PrincipalId,
  RoleName,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"

interface GivenGrant {
  readonly tenant: TenantId
  readonly grant: Grant
  readonly givenBy: PrincipalId
  readonly revokedAt: Time | null
}

interface GivenRole {
  readonly tenant: TenantId
  readonly id: PrincipalId
  readonly role: RoleName
  readonly expiresAt: Time
  readonly revokedAt: Time | null
}

/** An empty directory; `now` decides what has expired. */
export function memoryDirectory(now: () => Time): Directory {
  const principals = new Map<string, PrincipalRow>()
  const grants = new Map<string, GivenGrant>()
  const roles = new Map<string, GivenRole>()
  const tokens = new Map<string, TokenRow>()
  const keys = new Map<string, ReviewKeyRow>()
  const at = (tenant: TenantId, id: string): string => `${tenant} ${id}`

  const rolesNow = (row: PrincipalRow): readonly RoleName[] => {
    const given = [...roles.values()].filter(
      (role) =>
        role.tenant === row.tenant && role.id === row.id && role.revokedAt === null && role.expiresAt > now(),
    )
    return [...new Set([...row.roles, ...given.map(({ role }) => role)])].toSorted()
  }
  const shown = (row: PrincipalRow | undefined): PrincipalRow | null =>
    row === undefined ? null : { ...row, roles: rolesNow(row) }
  const inTenant = <T extends { readonly tenant: TenantId }>(
    rows: Map<string, T>,
    tenant: TenantId,
  ): readonly T[] => [...rows.values()].filter((row) => row.tenant === tenant)
  const held = (tenant: TenantId, id: PrincipalId | null): readonly GivenGrant[] =>
    inTenant(grants, tenant)
      .filter(({ grant, revokedAt }) => revokedAt === null && (id === null || grant.principal === id))
      .toSorted((a, b) => (a.grant.grantId < b.grant.grantId ? -1 : 1))
  // The same row again changes nothing, another one is refused.
  const put = <T>(rows: Map<string, T>, key: string, row: T, identity: (row: T) => unknown): boolean => {
    const kept = rows.get(key)
    if (kept !== undefined) return JSON.stringify(identity(kept)) === JSON.stringify(identity(row))
    rows.set(key, row)
    return true
  }
  const change = <T>(rows: Map<string, T>, key: string, changed: (row: T) => T): boolean => {
    const kept = rows.get(key)
    if (kept !== undefined) rows.set(key, changed(kept))
    return kept !== undefined
  }
  const tokenAt = (tenant: TenantId, session: string): string =>
    [...tokens].find(([, row]) => row.tenant === tenant && row.session === session)?.[0] ?? ""

  const custodiansOf = ({ tenant, id, kind, addedBy }: PrincipalRow): readonly HumanId[] => {
    const minters = inTenant(tokens, tenant)
      .filter((token) => token.principal === id && token.revokedAt === null && token.expiresAt > now())
      .map(({ mintedBy }) => mintedBy)
    const known = kind === "human" ? [] : [addedBy, ...minters].filter((human) => human !== null)
    return [...new Set(known)].toSorted()
  }

  return {
    principal: async (tenant, id) => shown(principals.get(at(tenant, id))),
    principalByName: async (tenant, name) =>
      shown(inTenant(principals, tenant).find((row) => row.name === name)),
    principals: async (tenant) =>
      inTenant(principals, tenant)
        .map((row) => ({ ...row, roles: rolesNow(row) }))
        .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    member: async (tenant, id, capability) => {
      const row = principals.get(at(tenant, id))
      if (row === undefined) return null
      const { kind, enabled, owner } = row
      const custodians = custodiansOf(row)
      const matching = held(tenant, id)
        .map(({ grant }) => grant)
        .filter((grant) => grant.capability === capability)
      return {
        ...(custodians.length === 0 ? {} : { custodians }),
        id,
        kind,
        tenant,
        enabled,
        owner,
        roles: rolesNow(row),
        grants: matching,
      }
    },
    capabilitiesOf: async (tenant, id) => {
      const valid = held(tenant, id).filter(({ grant }) => grant.expiresAt > now())
      return [...new Set<CapabilityName>(valid.map(({ grant }) => grant.capability))].toSorted()
    },
    grants: async (tenant, id) => held(tenant, id).map(({ grant }) => grant),
    roleGrants: async (tenant) =>
      [...roles.entries()]
        .flatMap(([key, { tenant: of, id, role, expiresAt, revokedAt }]) =>
          of === tenant && revokedAt === null
            ? [{ grantId: key.slice(tenant.length + 1) as GrantId, principal: id, role, expiresAt }]
            : [],
        )
        .toSorted((a, b) => (a.grantId < b.grantId ? -1 : 1)),
    delegated: async (tenant: TenantId, agent: PrincipalId, human: HumanId) =>
      held(tenant, agent).some(
        ({ grant, givenBy }) =>
          grant.source === "delegation" && String(givenBy) === human && grant.expiresAt > now(),
      ),
    token: async (hash) => {
      const token = tokens.get(hash)
      const principal = token === undefined ? null : shown(principals.get(at(token.tenant, token.principal)))
      return token === undefined || principal === null ? null : { token, principal }
    },
    tokens: async (tenant) => inTenant(tokens, tenant).toSorted((a, b) => (a.session < b.session ? -1 : 1)),
    reviewKey: async (tenant, keyId) => keys.get(at(tenant, keyId)) ?? null,
    reviewKeys: async (tenant) => inTenant(keys, tenant).toSorted((a, b) => (a.keyId < b.keyId ? -1 : 1)),

    addPrincipal: async (row) => {
      const taken = inTenant(principals, row.tenant).some(
        (other) => other.name === row.name && other.id !== row.id,
      )
      return (
        !taken &&
        put(principals, at(row.tenant, row.id), row, (of) => [
          of.kind,
          of.name,
          of.owner,
          of.roles,
          of.addedAt,
          of.addedBy,
        ])
      )
    },
    disablePrincipal: async (tenant, id) =>
      change(principals, at(tenant, id), (row) => ({ ...row, enabled: false })),
    enablePrincipal: async (tenant, id) =>
      change(principals, at(tenant, id), (row) => ({ ...row, enabled: true })),
    giveGrant: async (tenant, grant, givenBy) =>
      put(grants, at(tenant, grant.grantId), { tenant, grant, givenBy, revokedAt: null }, (of) => [
        of.grant,
        of.givenBy,
      ]),
    giveRole: async (tenant, grantId, id, role, expiresAt) =>
      put(roles, at(tenant, grantId), { tenant, id, role, expiresAt, revokedAt: null }, (of) => [
        of.id,
        of.role,
        of.expiresAt,
      ]),
    revokeGrant: async (tenant, grantId: GrantId, time) => {
      const capability = change(grants, at(tenant, grantId), (row) => ({
        ...row,
        revokedAt: row.revokedAt ?? time,
      }))
      const role = change(roles, at(tenant, grantId), (row) => ({ ...row, revokedAt: row.revokedAt ?? time }))
      return capability || role
    },
    addToken: async (row) => {
      const known = tokens.get(tokenAt(row.tenant, row.session))
      if (known !== undefined && known.hash !== row.hash) return false
      return put(
        tokens,
        row.hash,
        row,
        ({ revokedAt: _revokedAt, refusedAt: _refusedAt, reset: _reset, ...rest }) => rest,
      )
    },
    revokeToken: async (tenant, session, time) =>
      change(tokens, tokenAt(tenant, session), (row) => ({ ...row, revokedAt: row.revokedAt ?? time })),
    resetToken: async (tenant, session, time) =>
      change(tokens, tokenAt(tenant, session), (row) => ({
        ...row,
        revokedAt: row.revokedAt ?? time,
        reset: true as const,
      })),
    refuseSignIn: async (tenant, session, time) =>
      change(tokens, tokenAt(tenant, session), (row) =>
        row.use === "signIn" ? { ...row, refusedAt: time } : row,
      ),
    enrolReviewKey: async (row) =>
      reviewKeyIdOf(row.spki) === row.keyId &&
      put(keys, at(row.tenant, row.keyId), row, ({ revokedAt: _revokedAt, ...rest }) => rest),
    revokeReviewKey: async (tenant, keyId, time) =>
      change(keys, at(tenant, keyId), (row) => ({ ...row, revokedAt: row.revokedAt ?? time })),
  }
}
