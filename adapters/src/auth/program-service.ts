// A service as which the program itself asks: its row, what it is given, and the caller that it is at the gate.
// Does not own: what it asks for. Keeps INV-12: no one has a token of it, so that it is called by its name inside a process alone.

import type { CapabilityName, PrincipalId, SessionId, TenantId, Time } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, Random } from "@counterfoil/contracts/ports"
import type { Caller } from "../gate/caller.ts"

/** Which service it is. */
export interface ProgramService {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly name: string
}

/** Makes it known to its tenant. The same again changes nothing. */
export const addProgramService = (
  directory: Pick<Directory, "addPrincipal">,
  { tenant, principal, name }: ProgramService,
  addedAt: Time,
): Promise<boolean> =>
  directory.addPrincipal({
    id: principal,
    tenant,
    kind: "service",
    name,
    enabled: true,
    owner: null,
    roles: [],
    addedAt,
    addedBy: null,
  })

/** Gives it a capability of the whole tenant, in its own name. */
export const giveProgramService = (
  { directory, random }: { readonly directory: Pick<Directory, "giveGrant">; readonly random: Random },
  { tenant, principal }: ProgramService,
  grant: { readonly capability: CapabilityName; readonly now: Time; readonly expiresAt: Time },
  reason: string,
): Promise<boolean> =>
  directory.giveGrant(
    tenant,
    {
      grantId: mintId("grn", Date.parse(grant.now), random.bytes(10)),
      principal,
      capability: grant.capability,
      scope: { level: "tenant" },
      source: "owner",
      expiresAt: grant.expiresAt,
    },
    principal,
    reason,
  )

/** The service as a caller of the gate. */
export const programCaller = (service: ProgramService, session: SessionId): Caller => ({
  ...service,
  kind: "service",
  owner: null,
  roles: [],
  session,
  mintedBy: null,
  origin: null,
  assurance: "session",
  channel: "cli",
  traceparent: null,
})
