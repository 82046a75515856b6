// Reads the caller's own identity, the principals of its tenant, and their grants.
// Owns: reading identity. Does not own: changing principals and grants (contracts, through the gate).
// Keeps INV-10: everything is read in the caller's own tenant.

import { z } from "zod"
import {
  Assurance,
  CapabilityName,
  Grant,
  HumanId,
  PrincipalId,
  PrincipalKind,
  RoleName,
  SessionId,
  TenantId,
  Time,
  ok,
} from "@counterfoil/contracts"
import { administrates, identityOperation, type IdentityOperation } from "./identity-operation.ts"

const principalFields = {
  principal: PrincipalId,
  kind: PrincipalKind,
  name: z.string(),
  enabled: z.boolean(),
  owner: HumanId.optional(),
  roles: z.array(RoleName),
  addedAt: Time,
  addedBy: HumanId.optional(),
}

const whoAmI = identityOperation({
  name: "session.read",
  method: "GET",
  path: "/whoami",
  who: "anyone",
  says: "The caller's own principal, session, roles and capabilities.",
  input: z.strictObject({}),
  output: z.strictObject({
    tenant: TenantId,
    principal: PrincipalId,
    kind: PrincipalKind,
    name: z.string(),
    owner: HumanId.optional(),
    roles: z.array(RoleName),
    capabilities: z.array(CapabilityName),
    session: SessionId,
    assurance: Assurance,
    expiresAt: Time,
    administrates: z.boolean(),
  }),
  act: async ({ directory }, { caller, expiresAt }) =>
    ok({
      tenant: caller.tenant,
      principal: caller.principal,
      kind: caller.kind,
      name: caller.name,
      ...(caller.owner === null ? {} : { owner: caller.owner }),
      roles: caller.roles,
      capabilities: await directory.capabilitiesOf(caller.tenant, caller.principal),
      session: caller.session,
      assurance: caller.assurance,
      expiresAt,
      administrates: administrates(caller),
    }),
})

const listPrincipals = identityOperation({
  name: "principal.list",
  method: "GET",
  path: "/principals",
  who: "humans",
  says: "Everyone in the tenant, for people: an approver has to see who made a request.",
  input: z.strictObject({}),
  output: z.strictObject({ items: z.array(z.strictObject(principalFields)) }),
  act: async ({ directory }, { caller }) =>
    ok({
      items: (await directory.principals(caller.tenant)).map(
        ({ id, kind, name, enabled, owner, roles, addedAt, addedBy }) => ({
          principal: id,
          kind,
          name,
          enabled,
          ...(owner === null ? {} : { owner }),
          roles,
          addedAt,
          ...(addedBy === null ? {} : { addedBy }),
        }),
      ),
    }),
})

const listGrants = identityOperation({
  name: "grant.list",
  method: "GET",
  path: "/grants",
  who: "anyone",
  says: "One's own grants; owners and administrators see all of the tenant.",
  input: z.strictObject({}),
  output: z.strictObject({ items: z.array(Grant) }),
  act: async ({ directory }, { caller }) =>
    ok({ items: await directory.grants(caller.tenant, administrates(caller) ? null : caller.principal) }),
})

/** The operations that read identity. */
export const peopleOperations: readonly IdentityOperation[] = [whoAmI, listPrincipals, listGrants]
