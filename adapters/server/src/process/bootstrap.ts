// The first start of an installation: makes one owner, who can do everything except approve its own requests.
// Owns: the principals that exist before the first call. Every later change goes through the gate.
// Keeps INV-13: the owner's token is returned once, and only its hash is stored.

import { addMs, HumanId, PrincipalId, type Registry, type TenantId, type Time } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, Random } from "@counterfoil/contracts/ports"
import { ownerRights, mintToken } from "@counterfoil/gate"
import { firstTokenLabel, firstTokenMs } from "./first-token.ts"

/** What bootstrapping needs. */
interface BootstrapWorld {
  readonly directory: Directory
  readonly registry: Registry
  readonly random: Random
  readonly tenant: TenantId
  readonly now: Time
}

/** Makes the owner of an empty tenant and returns its token; null when the tenant already has a principal. */
export async function bootstrap({
  directory,
  registry,
  random,
  tenant,
  now,
}: BootstrapWorld): Promise<{ readonly owner: PrincipalId; readonly token: string } | null> {
  if ((await directory.principals(tenant)).length > 0) return null
  const fresh = () => random.bytes(10)
  const at = Date.parse(now)
  const owner = PrincipalId.parse(HumanId.parse(mintId("hum", at, fresh())))
  const { roles, capabilities, expiresAt } = ownerRights(registry, now)
  for (const { role, expiresAt: until } of roles)
    await directory.giveRole(tenant, mintId("grn", at, fresh()), owner, role, until)
  for (const capability of capabilities)
    await directory.giveGrant(
      tenant,
      {
        grantId: mintId("grn", at, fresh()),
        principal: owner,
        capability,
        scope: { level: "tenant" },
        source: "owner",
        expiresAt,
      },
      owner,
      "first start",
    )
  const { token, hash } = mintToken(random)
  await directory.addToken({
    hash,
    session: mintId("ses", at, fresh()),
    tenant,
    principal: owner,
    label: firstTokenLabel,
    assurance: "session",
    createdAt: now,
    expiresAt: addMs(now, firstTokenMs),
    revokedAt: null,
    mintedBy: null,
    origin: { from: "start" },
    use: "session",
    refusedAt: null,
  })
  // The owner is stored last: a tenant without a principal counts as not started, so a first start that was interrupted runs again.
  await directory.addPrincipal({
    id: owner,
    tenant,
    kind: "human",
    name: "owner",
    enabled: true,
    owner: null,
    roles: [],
    addedAt: now,
    addedBy: null,
  })
  return { owner, token }
}
