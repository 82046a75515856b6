// How many executions of each tenant are in hand, so that a busy tenant leaves room for the others.
// Owns: the counts and the share of a tenant. Does not own: what is in hand (worker.ts).

import type { TenantId } from "@counterfoil/contracts"

/** Most executions in hand at once: each holds its folded state in memory. */
export const inHandMax = 1_024

/** What is in hand, counted by tenant. */
export interface Shares {
  add(tenant: TenantId): void
  remove(tenant: TenantId): void
  /**
   * True when a tenant has its share: half of what the others leave. So one busy tenant has 512 places, a second one 256
   * more, and a tenth still gets a place.
   */
  hasItsShare(tenant: TenantId): boolean
  /** All tenants that have their share, sorted. */
  full(): readonly TenantId[]
}

/** Nothing in hand yet. */
export function makeShares(): Shares {
  const counts = new Map<TenantId, number>()
  let all = 0
  const add = (tenant: TenantId, by: number): void => {
    const own = (counts.get(tenant) ?? 0) + by
    all += by
    if (own === 0) counts.delete(tenant)
    else counts.set(tenant, own)
  }
  const hasItsShare = (tenant: TenantId): boolean => {
    const own = counts.get(tenant) ?? 0
    return own >= Math.max(1, Math.floor((inHandMax - (all - own)) / 2))
  }
  return {
    add: (tenant) => add(tenant, 1),
    remove: (tenant) => add(tenant, -1),
    hasItsShare,
    full: () => [...counts.keys()].filter(hasItsShare).toSorted(),
  }
}
