// What an owner is given when there is nobody who could give it: at a first start, and when an owner is recovered.
// Does not own: who becomes one, nor that a trace says so.

import {
  addMs,
  CapabilityName,
  controlPlaneCapabilities,
  RoleName,
  type Registry,
  type Time,
} from "@counterfoil/contracts"

const dayMs = 86_400_000
/** The longest that a human's grant lasts. */
const ownerDays = 365
/** How long the founder may hand out roles alone. */
const founderDays = 1

/** Roles, each until its end, and capabilities of the whole tenant, all until one. */
export interface OwnerRights {
  readonly roles: readonly { readonly role: RoleName; readonly expiresAt: Time }[]
  readonly capabilities: readonly CapabilityName[]
  readonly expiresAt: Time
}

/** Everything that an owner has, from now on: to govern, to approve what others ask, and for a day to give roles alone. */
export function ownerRights(registry: Registry, now: Time): OwnerRights {
  const expiresAt = addMs(now, ownerDays * dayMs)
  const names = [...controlPlaneCapabilities, ...registry.capabilities].map(({ name }) => name)
  return {
    roles: [
      { role: RoleName.parse("owner"), expiresAt },
      { role: RoleName.parse("approver"), expiresAt },
      { role: RoleName.parse("founder"), expiresAt: addMs(now, founderDays * dayMs) },
    ],
    capabilities: [...new Set(names)].map((name) => CapabilityName.parse(name)),
    expiresAt,
  }
}
