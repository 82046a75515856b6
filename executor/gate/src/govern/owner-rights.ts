// The rights of an owner that no one else could give: at a first start, and when an owner is recovered.
// Does not own: who becomes one, nor recording it in a trace.

import { addMs, RoleName, type CapabilityName, type Registry, type Time } from "@counterfoil/contracts"
import { grantDaysMax } from "./giving-faults.ts"

const dayMs = 86_400_000
/** How long the founder may hand out roles alone. */
const founderDays = 1

/** Roles, each until its end, and capabilities of the whole tenant, all until one. */
interface OwnerRights {
  readonly roles: readonly { readonly role: RoleName; readonly expiresAt: Time }[]
  readonly capabilities: readonly CapabilityName[]
  readonly expiresAt: Time
}

/**
 * Everything that an owner has from now on: to govern, to approve what others request, and for a day to give roles alone. The
 * capabilities are all in the registry, listed themselves or by a contract: a capability without a holder could not be given.
 */
export function ownerRights(registry: Registry, now: Time): OwnerRights {
  const expiresAt = addMs(now, grantDaysMax.human * dayMs)
  return {
    roles: [
      { role: RoleName.parse("owner"), expiresAt },
      { role: RoleName.parse("approver"), expiresAt },
      { role: RoleName.parse("founder"), expiresAt: addMs(now, founderDays * dayMs) },
    ],
    capabilities: capabilitiesOf(registry),
    expiresAt,
  }
}

/** Every capability in a registry, listed itself or by a contract, each once. */
export function capabilitiesOf(registry: Registry): readonly CapabilityName[] {
  const defined = registry.capabilities.map(({ name }) => name)
  const taken = registry.contracts.map(({ capability }) => capability)
  return [...new Set([...defined, ...taken])]
}
