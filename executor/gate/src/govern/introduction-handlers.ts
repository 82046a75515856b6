// Gives an owner a capability that came with other contracts.
// Owns: that only the installation itself does it, and only for owners. Does not own: which capabilities are new (the server, introduce-capabilities.ts).
// Keeps INV-04: a tenant's rule that permits this to another service has no effect.

import { addMs, capabilityIntroduce, GrantId, PrincipalId } from "@counterfoil/contracts"
import { type Handler, rejected, succeeded } from "@counterfoil/contracts/ports"
import { ownersOf } from "@counterfoil/policy"
import { capabilitiesOf } from "./owner-rights.ts"
import { ownServiceId } from "../identity/program-service.ts"
import { grantDaysMax } from "./giving-faults.ts"
import { derivedId, governs, type GovernanceWorld } from "./governance-world.ts"
import { peopleOf } from "./owners.ts"

const dayMs = 86_400_000

/** The handler of `capability.introduce`. */
export const introductionHandlers = (world: GovernanceWorld): readonly Handler[] => [
  governs(world, capabilityIntroduce, async ({ principal, capability, scope, expiresAt, reason }, call) => {
    if (call.requester !== ownServiceId(call.tenant))
      return rejected("NOT_HERE", "Only an installation itself does this, when it starts with new contracts.")
    if (!capabilitiesOf(world.registry).includes(capability))
      return rejected("NOT_FOUND", "No contract of this process has that capability.")
    const now = world.clock.now()
    const people = await peopleOf(call.directory, call.tenant)
    const owner = ownersOf(people(now, null)).find(({ id }) => id === String(principal))
    if (owner === undefined) return rejected("NOT_FOUND", "There is no such owner.")
    if (owner.grants.some((held) => held.capability === capability && held.expiresAt > now))
      return rejected("CONFLICT", "The owner holds a grant of it.")
    if (expiresAt > addMs(now, grantDaysMax.human * dayMs))
      return rejected("EXPIRY_INVALID", `A grant of a human lasts at most ${grantDaysMax.human} days.`)
    const grantId = GrantId.parse(`grn_${derivedId(call)}`)
    const grant = {
      grantId,
      principal: PrincipalId.parse(principal),
      capability,
      scope,
      source: "owner",
      expiresAt,
    } as const
    return (await call.directory.giveGrant(call.tenant, grant, call.requester, reason))
      ? succeeded({ grantId, givenAt: call.startedAt })
      : rejected("CONFLICT", "Another grant has that id.")
  }),
]
