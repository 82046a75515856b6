// How far a caller's grants reach when it reads: its own work, or that of the whole tenant.
// Owns: that question, the same for every list. Does not own: the lists. Keeps INV-10.

import type { PrincipalId } from "@counterfoil/contracts"
import { chainOf, reachesTenant } from "./authorise.ts"
import type { Granted, Services } from "./service.ts"

/** The caller's id when its grants reach only its own objects; null when one reaches the tenant. */
export async function ownOnly(
  services: Services,
  { caller, contract }: Granted<unknown>,
): Promise<PrincipalId | null> {
  const chain = await chainOf(
    services.world.store.directory,
    caller.tenant,
    [caller.principal],
    contract.capability,
  )
  return chain !== null && chain.some((member) => reachesTenant(member, services.world.clock.now()))
    ? null
    : caller.principal
}
