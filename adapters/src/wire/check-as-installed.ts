// The check of policy in a program that has no handlers: with the contracts that the processes of the installation work with.
// Owns: which contracts those are. Does not own: the check (policy), nor locks (drift/rollout).

import { registryOf, type Registry, type TenantId } from "@counterfoil/contracts"
import type { Clock, ContractLocks, TraceStore } from "@counterfoil/contracts/ports"
import { loadPolicySet, type CedarEngine } from "@counterfoil/policy"
import { contractsOfLock, keptLock } from "../drift/rollout/kept-lock.ts"
import type { PolicyCache } from "../policy-cache.ts"

/** Checks with the contracts of this program, and beside them those of the lock in force in the tenant. */
export async function checkAsInstalled(
  {
    store,
    registry,
    engine,
  }: {
    readonly store: Pick<TraceStore, "blob"> & {
      readonly clock: Clock
      readonly contractLocks: Pick<ContractLocks, "inForce">
    }
    readonly registry: Registry
    readonly engine: CedarEngine
  },
  tenant: TenantId,
): Promise<PolicyCache["check"]> {
  const inForce = await store.contractLocks.inForce(tenant)
  const lock = inForce === null ? null : await keptLock(store, inForce.digest)
  const theirs = lock === null ? [] : contractsOfLock(lock).contracts
  const installed = registryOf([...theirs, ...registry.contracts], registry.capabilities)
  return (source) => loadPolicySet({ source, registry: installed, engine, now: store.clock.now() })
}
