// How many attempts may run at once: in all for a tenant, and for one contract in it.
// Owns: the counts. Does not own: the limits' values (contracts, world), nor what waits for a place.
// A place is taken before the dispatch is journaled, so that no deadline runs while an attempt waits for its turn.

import type { ContractRef, TenantId } from "@counterfoil/contracts"

/** Most attempts that one tenant may have under way in one process: one busy tenant leaves room for the others. */
export const attemptsPerTenantMax = 256

/** Places for attempts. `take` answers false when none is free; whoever was refused looks again within the second. */
export interface Permits {
  take(tenant: TenantId, contract: ContractRef, inFlightMax: number): boolean
  give(tenant: TenantId, contract: ContractRef): void
}

/** Places of one process. */
export function makePermits(): Permits {
  const used = new Map<string, number>()
  const count = (place: string): number => used.get(place) ?? 0
  const add = (place: string, by: number): void => {
    const now = count(place) + by
    if (now === 0) used.delete(place)
    else used.set(place, now)
  }
  return {
    take: (tenant, contract, inFlightMax) => {
      const place = `${tenant} ${contract}`
      if (count(tenant) >= attemptsPerTenantMax || count(place) >= inFlightMax) return false
      add(tenant, 1)
      add(place, 1)
      return true
    },
    give: (tenant, contract) => {
      add(tenant, -1)
      add(`${tenant} ${contract}`, -1)
    },
  }
}
