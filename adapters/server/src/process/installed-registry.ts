// The contracts that the processes of an installation use, for a program without handlers of its own.
// Does not own: locks (drift/rollout), nor what is done with the contracts.

import { registryOf, type Registry, type TenantId } from "@counterfoil/contracts"
import type { ContractLocks, TraceStore } from "@counterfoil/contracts/ports"
import { contractsOfLock, keptLock } from "@counterfoil/gate"

/** The contracts of this program and of the lock in force in the tenant: only for look-ups, never to be executed. */
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
