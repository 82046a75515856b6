// How many attempts may run at once: in all for a tenant, and for one contract in it.
// Owns: the counts. Does not own: the limits' values (contracts, world), nor what waits for a permit.
// A permit is taken before the dispatch is journaled, so that no deadline runs while an attempt waits for its turn.

import type { ContractRef, TenantId } from "@counterfoil/contracts"
import type { Dispatch } from "@counterfoil/core"

/** Most attempts that one tenant may have under way in one process: one busy tenant leaves room for the others. */
export const attemptsPerTenantMax = 256

/** Calls of control-plane contracts are short and do not count: a freeze can run although agents use all attempts of the tenant. */
const isOwn = (contract: ContractRef): boolean => contract.startsWith("controlPlane.")

/** The right to one attempt. It is released once, when the attempt has ended or will not start. */
export interface Permit {
  /** Releases it; a second call changes nothing. */
  readonly give: () => void
}

/** Permits of one process. */
export interface Permits {
  /** Null when all are taken: the caller looks again within the second. */
  take(tenant: TenantId, contract: ContractRef, inFlightMax: number): Permit | null
}

/** No permit taken yet. */
export function makePermits(): Permits {
  const used = new Map<string, number>()
  const count = (key: string): number => used.get(key) ?? 0
  const add = (key: string, by: number): void => {
    const now = count(key) + by
    if (now === 0) used.delete(key)
    else used.set(key, now)
  }
  return {
    take: (tenant, contract, inFlightMax) => {
      const both = `${tenant} ${contract}`
      const isFull = !isOwn(contract) && count(tenant) >= attemptsPerTenantMax
      if (isFull || count(both) >= inFlightMax) return null
      const counted = isOwn(contract) ? [both] : [tenant, both]
      for (const key of counted) add(key, 1)
      let isTaken = true
      return {
        give: () => {
          if (!isTaken) return
          isTaken = false
          for (const key of counted) add(key, -1)
        },
      }
    },
  }
}

/** The permit of a dispatch; null when its tenant or its contract has all of its attempts under way. */
export const takePermit = (world: PermitWorld, tenant: TenantId, { contract }: Dispatch): Permit | null =>
  world.permits.take(tenant, contract.pin.ref, world.inFlightMax(contract.pin.ref))

interface PermitWorld {
  readonly permits: Permits
  inFlightMax(contract: ContractRef): number
}
