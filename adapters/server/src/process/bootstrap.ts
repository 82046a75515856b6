// The first start of an installation: one owner, who can do everything but approve what it asked for itself.
// Owns: who exists before anybody was there to ask. Everything after it goes through the gate.
// Keeps INV-13: the owner's token is answered once, and only its hash is kept.

import { addMs, HumanId, PrincipalId, type Registry, type TenantId, type Time } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, Random } from "@counterfoil/contracts/ports"
import { ownerRights, mintToken } from "@counterfoil/gate"
import { firstTokenLabel, firstTokenMs } from "./first-token.ts"

/** What bootstrapping needs. */
export interface BootstrapWorld {
  readonly directory: Directory
  readonly registry: Registry
  readonly random: Random
  readonly tenant: TenantId
  readonly now: Time
}

/** Makes the owner of an empty tenant and answers its token; null when the tenant has anybody already. */
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
  // Last, because nobody being there is what makes a first start: one that was cut short is made again.
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
