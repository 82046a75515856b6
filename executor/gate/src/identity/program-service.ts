// A service under whose name the program itself makes requests: its row, its grants, and its caller at the gate.
// Owns: which rows are such services. Does not own: what they request. Keeps INV-12: no token of one is made or counts, and its
// caller at the gate is made here, inside the process, which no caller that a channel authenticates can be.

import {
  invariant,
  PrincipalId,
  type CapabilityName,
  type SessionId,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { digestBytes, digestOf, id26, mintId } from "@counterfoil/contracts/digest"
import type { Directory, PrincipalRow, Random } from "@counterfoil/contracts/ports"
import type { Caller } from "../caller.ts"

/** Which service it is. */
interface ProgramService {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly name: string
}

/** The name of the service under which an installation makes its own requests; no one else has it. */
export const ownServiceName = "counterfoil"

/** The id in a tenant of the service under which an installation makes its own requests. */
export const ownServiceId = (tenant: TenantId): PrincipalId =>
  PrincipalId.parse(
    `svc_${id26(digestBytes(digestOf("counterfoil.own-service.v1", new TextEncoder().encode(tenant))))}`,
  )

/** The name of a service that requests one recovery. It contains the service's own id, which no one who registers a principal can choose. */
export const recoveryServiceName = (id: PrincipalId): string => `owner-recovery-${id.slice("svc_".length)}`

/** True for each service of the program itself. Such a service gets no token, no role and no grant, so no one else can act as it. */
export const isProgramService = ({
  id,
  tenant,
  kind,
  name,
}: Pick<PrincipalRow, "id" | "tenant" | "kind" | "name">): boolean =>
  kind === "service" && (name === recoveryServiceName(id) || id === ownServiceId(tenant))

/** Adds it to its tenant. Repeating it changes nothing. */
export function addProgramService(
  directory: Pick<Directory, "addPrincipal">,
  { tenant, principal, name }: ProgramService,
  addedAt: Time,
): Promise<boolean> {
  invariant(isProgramService({ id: principal, tenant, kind: "service", name }), "INV-12", { name })
  return directory.addPrincipal({
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
}

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

/** The callers that were made here. Membership is by identity, so that no field of a request can claim it. */
const madeHere = new WeakSet<Caller>()

/** The service as a caller of the gate. */
export function programCaller(service: ProgramService, session: SessionId): Caller {
  const caller: Caller = {
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
  }
  madeHere.add(caller)
  return caller
}

/** True for a caller that claims to be such a service and was not made by this process: no token is one. */
export const posesAsProgram = (caller: Caller): boolean =>
  isProgramService({ ...caller, id: caller.principal }) && !madeHere.has(caller)
