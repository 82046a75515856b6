// A principal in a tenant, with a token: added to the directory as a first start adds its owner.
// Owns: fixtures of identity. Does not own: how people are made through the gate (the demo and its tests show that).

import { mintToken } from "@counterfoil/gate"
import type { Someone } from "@counterfoil/cli"
import type { Started } from "@counterfoil/server/process"
import {
  addMs,
  CapabilityName,
  PrincipalId,
  RoleName,
  type Assurance,
  type GrantScope,
  type HumanId,
  type PrincipalKind,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"

/** A principal that can call; `key` is its key when it signs reviews. */
export type Person = Someone & { readonly id: PrincipalId }

/** Who is to be made. A service or agent may have an owner; `capabilities` are granted with the given reach. */
export interface Wanted {
  readonly kind: PrincipalKind
  readonly name: string
  readonly tenant?: TenantId
  readonly roles?: readonly string[]
  readonly capabilities?: readonly string[]
  readonly reach?: "own" | "tenant"
  /** Instead of a reach, the whole scope of the grants. */
  readonly scope?: GrantScope
  readonly owner?: HumanId
}

const prefixes = { human: "hum", service: "svc", agent: "agt", tool: "tol" } as const
const dayMs = 86_400_000

/** Makes a principal and returns it with a fresh token. */
export async function addSomeone(
  { plane, tenant: local }: Pick<Started, "plane" | "tenant">,
  wanted: Wanted,
): Promise<Person> {
  const { directory } = plane.store
  const tenant = wanted.tenant ?? local
  const now = plane.store.clock.now()
  const fresh = <P extends "hum" | "svc" | "agt" | "tol" | "grn">(prefix: P) =>
    mintId(prefix, Date.parse(now), plane.random.bytes(10))
  const expiresAt = addMs(now, dayMs)
  const id = PrincipalId.parse(fresh(prefixes[wanted.kind]))
  const row = {
    id,
    tenant,
    kind: wanted.kind,
    name: wanted.name,
    enabled: true,
    owner: wanted.owner ?? null,
    roles: [],
    addedAt: now,
    addedBy: null,
  }
  await directory.addPrincipal(row)
  for (const role of wanted.roles ?? [])
    await directory.giveRole(tenant, fresh("grn"), id, RoleName.parse(role), expiresAt)
  const scope = wanted.scope ?? { level: wanted.reach ?? "tenant" }
  await giveGrants({ plane, tenant }, id, wanted.capabilities ?? [], scope)
  return withToken({ plane, tenant }, { name: wanted.name, id, token: "", key: null }, "session")
}

/** Grants a principal capabilities of one scope, for a day or until a time. */
export async function giveGrants(
  { plane, tenant }: Pick<Started, "plane" | "tenant">,
  principal: PrincipalId,
  capabilities: readonly string[],
  scope: GrantScope,
  until?: Time,
): Promise<void> {
  const now = plane.store.clock.now()
  for (const capability of capabilities) {
    const grant = {
      grantId: mintId("grn", Date.parse(now), plane.random.bytes(10)),
      principal,
      capability: CapabilityName.parse(capability),
      scope,
      source: "owner",
      expiresAt: until ?? addMs(now, dayMs),
    } as const
    await plane.store.directory.giveGrant(tenant, grant, principal, "for a test")
  }
}

/** The principal with a fresh token of this assurance instead of the one before. */
export async function withToken(
  { plane, tenant }: Pick<Started, "plane" | "tenant">,
  person: Person,
  assurance: Assurance,
): Promise<Person> {
  const now = plane.store.clock.now()
  const { token, hash } = mintToken(plane.random)
  await plane.store.directory.addToken({
    hash,
    session: mintId("ses", Date.parse(now), plane.random.bytes(10)),
    tenant,
    principal: person.id,
    label: "test",
    assurance,
    createdAt: now,
    expiresAt: addMs(now, dayMs),
    revokedAt: null,
    mintedBy: null,
    origin: null,
    use: "session",
    refusedAt: null,
  })
  return { ...person, token }
}
