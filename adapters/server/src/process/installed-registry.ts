// The contracts that the processes of an installation work with, for a program that has no handlers of its own.
// Owns: which contracts those are. Does not own: locks (drift/rollout), what is done with the contracts.

import { registryOf, type Registry, type TenantId } from "@counterfoil/contracts"
import type { ContractLocks, TraceStore } from "@counterfoil/contracts/ports"
import { contractsOfLock, keptLock } from "@counterfoil/gate"

/** The contracts of this program, and beside them those of the lock in force in the tenant: to be looked up, never to be run. */
export async function installedRegistry(
  store: Pick<TraceStore, "blob"> & { readonly contractLocks: Pick<ContractLocks, "inForce"> },
  own: Registry,
  tenant: TenantId,
): Promise<Registry> {
  const inForce = await store.contractLocks.inForce(tenant)
  const lock = inForce === null ? null : await keptLock(store, inForce.digest)
  const theirs = lock === null ? [] : contractsOfLock(lock).contracts
  return registryOf([...theirs, ...own.contracts], own.capabilities)
}
