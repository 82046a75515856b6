// The principal by which an installation asks for what it does by itself: a service of its own, with what it needs alone.
// Owns: making it once, and renewing what ran out. Does not own: what it asks for. Nobody has a token of it.
// Keeps INV-12: it is called by this name inside the process alone. What an owner revoked or disabled stays so.

import {
  addMs,
  CapabilityName,
  PrincipalId,
  SessionId,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { digestOf, id26, digestBytes, mintId } from "@counterfoil/contracts/digest"
import type { Directory, Random } from "@counterfoil/contracts/ports"
import type { Caller } from "../../gate/caller.ts"

const dayMs = 86_400_000
/** The longest that a service's grant lasts (policy.md section 6). */
const grantDays = 180
/** One that lasts less than this is renewed when it is needed. */
const renewDays = 30
const name = "counterfoil"

/** The capabilities that it holds: to submit, and to say what was rolled out. */
const capabilities = ["control-plane.core", "control-plane.governance"].map((one) =>
  CapabilityName.parse(one),
)

/** The service as a caller of the gate. */
export async function ownService(
  directory: Directory,
  random: Random,
  tenant: TenantId,
  now: Time,
): Promise<Caller> {
  const principal = idOf(tenant)
  const known = (await directory.principal(tenant, principal)) !== null
  const held = known ? await directory.grants(tenant, principal) : []
  const dueAt = addMs(now, renewDays * dayMs)
  for (const capability of capabilities) {
    const own = held.filter((grant) => grant.capability === capability)
    // Of one that was revoked nothing is left here, and it is not given again.
    if (known && (own.length === 0 || own.some(({ expiresAt }) => expiresAt > dueAt))) continue
    await directory.giveGrant(
      tenant,
      {
        grantId: mintId("grn", Date.parse(now), random.bytes(10)),
        principal,
        capability,
        scope: { level: "tenant" },
        source: "owner",
        expiresAt: addMs(now, grantDays * dayMs),
      },
      principal,
      "what the installation does by itself",
    )
  }
  // Last, so that one that was cut short is made again.
  if (!known)
    await directory.addPrincipal({
      id: principal,
      tenant,
      kind: "service",
      name,
      enabled: true,
      owner: null,
      roles: [],
      addedAt: now,
      addedBy: null,
    })
  return {
    tenant,
    principal,
    kind: "service",
    name,
    owner: null,
    roles: [],
    session: SessionId.parse(mintId("ses", Date.parse(now), random.bytes(10))),
    mintedBy: null,
    assurance: "session",
    channel: "cli",
    traceparent: null,
  }
}

const idOf = (tenant: TenantId): PrincipalId =>
  PrincipalId.parse(
    `svc_${id26(digestBytes(digestOf("counterfoil.own-service.v1", new TextEncoder().encode(tenant))))}`,
  )
