// The principal under which an installation makes its own requests: a service with only the grants that it needs.
// Owns: making it once, and renewing expired grants. Does not own: what it requests. No one has a token of it.
// Keeps INV-12: only code inside the process can call as it. What an owner revoked or disabled stays so.

import { addMs, CapabilityName, SessionId, type TenantId, type Time } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, Random } from "@counterfoil/contracts/ports"
import {
  addProgramService,
  giveProgramService,
  ownServiceId,
  ownServiceName,
  programCaller,
} from "../identity/program-service.ts"
import type { Caller } from "../caller.ts"
import { grantDaysMax } from "../govern/giving-faults.ts"

const dayMs = 86_400_000
/** A grant that lasts less than this is renewed when it is needed. */
const renewDays = 30

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
  const service = { tenant, principal: ownServiceId(tenant), name: ownServiceName }
  const known = (await directory.principal(tenant, service.principal)) !== null
  const held = known ? await directory.grants(tenant, service.principal) : []
  const dueAt = addMs(now, renewDays * dayMs)
  for (const capability of capabilities) {
    const own = held.filter((grant) => grant.capability === capability)
    // A revoked grant leaves no row here, and it is not given again.
    if (known && (own.length === 0 || own.some(({ expiresAt }) => expiresAt > dueAt))) continue
    await giveProgramService(
      { directory, random },
      service,
      { capability, now, expiresAt: addMs(now, grantDaysMax.service * dayMs) },
      "what the installation does by itself",
    )
  }
  // Last, so that an interrupted start makes it again.
  if (!known) await addProgramService(directory, service, now)
  return programCaller(service, SessionId.parse(mintId("ses", Date.parse(now), random.bytes(10))))
}
