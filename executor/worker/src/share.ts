// How many executions of each tenant are in hand, so that a busy tenant leaves room for the others.
// Owns: the counts and the share of a tenant. Does not own: what is in hand (worker.ts).

import type { TenantId } from "@counterfoil/contracts"

/** Most executions in hand at once: each holds its folded state in memory. */
export const inHandMax = 1_024

/** Places beyond those, for what goes first. */
export const firstsInHandMax = 64

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
  /** What a search asks for: how many, and of which tenants only what goes first; null when there is no place even for that. */
  asks(atMost: number): { readonly room: number; readonly full: readonly TenantId[] | "all" } | null
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
  const full = (): readonly TenantId[] => [...counts.keys()].filter(hasItsShare).toSorted()
  return {
    add: (tenant) => add(tenant, 1),
    remove: (tenant) => add(tenant, -1),
    hasItsShare,
    full,
    asks: (atMost) => {
      if (all < inHandMax) return { room: Math.min(inHandMax - all, atMost), full: full() }
      const room = Math.min(inHandMax + firstsInHandMax - all, atMost)
      return room > 0 ? { room, full: "all" } : null
    },
  }
}
