// Finds, before a process starts, the contracts that its start would remove although open work needs them.
// Owns: what counts as removed, and the look at the open work of all tenants. Does not own: the refusal (wire.ts), what a rollout
// changes in contracts that stay (adopt-contracts.ts).

import type { ContractRef, TenantId } from "@counterfoil/contracts"
import type { ContractLocks, LiveStore, TraceStore } from "@counterfoil/contracts/ports"
import { foldEntries, neededContracts } from "@counterfoil/core"
import { keptLock, type OwnLock } from "./kept-lock.ts"

/** The contracts of an installation and those of a process that is about to start in it. */
interface RemovalWorld {
  readonly store: Pick<TraceStore, "blob"> & { readonly contractLocks: Pick<ContractLocks, "inForce"> }
  /** The lock of the process. */
  readonly own: OwnLock
  /** The tenant whose lock says which contracts are in force. */
  readonly tenant: TenantId
  /** Opens the traces of all tenants for reading only. */
  readonly openLive: () => Promise<LiveStore>
}

/** References of contracts in force that this process does not have and that open work may still call, sorted. */
export async function removedContracts({
  store,
  own: { registry, digest },
  tenant,
  openLive,
}: RemovalWorld): Promise<readonly ContractRef[]> {
  const inForce = await store.contractLocks.inForce(tenant)
  if (inForce === null || inForce.digest === digest) return []
  const lock = await keptLock(store, inForce.digest)
  // In a lock that this release cannot read, any contract may be a removed one.
  const isRemoved = (ref: string): boolean =>
    registry.find(ref) === undefined && (lock === null || lock.contracts[ref] !== undefined)
  if (lock !== null && !Object.keys(lock.contracts).some(isRemoved)) return []
  const needed = new Set<ContractRef>()
  const live = await openLive()
  try {
    for await (const { entries } of live.traces(0)) {
      const folded = foldEntries(entries)
      // A trace that does not fold cannot go on with any contracts; the patrol reports it.
      if (!folded.ok || folded.value === null) continue
      for (const ref of neededContracts(folded.value)) if (isRemoved(ref)) needed.add(ref)
    }
  } finally {
    await live.close()
  }
  return [...needed].toSorted()
}
