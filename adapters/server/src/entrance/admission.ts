// Limits on concurrent calls or streams: in total, per tenant, for the programs of a tenant, and per principal.
// Owns: the counts. Does not own: rates over time (rate-limit.ts), nor the calls and streams that are counted.
// Keeps INV-10 as far as room goes: no tenant takes the whole limit, and no programs keep the people of their tenant out.

import type { PrincipalKind } from "@counterfoil/contracts"

/** Who wants in. */
interface Entering {
  readonly tenant: string
  readonly principal: string
  readonly kind: PrincipalKind
}

/** Admits the caller, or returns null at a limit. An admitted caller calls the returned function once, when it has finished. */
export interface Admission {
  enter(who: Entering): (() => void) | null
  readonly inside: number
}

/** One eighth of what the others leave stays free: of a tenant for other tenants, of its programs for its people. */
const share = (free: number): number => free - Math.floor(free / 8)

/** An admission that allows `all` at once in total, and `each` per principal. */
export function openAdmission({ all, each }: { readonly all: number; readonly each: number }): Admission {
  const of = new Map<string, number>()
  const count = (key: string): number => of.get(key) ?? 0
  const add = (key: string, by: number): void => {
    const now = count(key) + by
    if (now === 0) of.delete(key)
    else of.set(key, now)
  }
  let inside = 0
  return {
    get inside() {
      return inside
    },
    enter: ({ tenant, principal, kind }) => {
      // A tenant's name has no space.
      const [own, programs] = [`${tenant} ${principal}`, `${tenant} programs`]
      const tenantMax = share(all - (inside - count(tenant)))
      const isFull = inside >= all || count(own) >= each || count(tenant) >= tenantMax
      if (isFull || (kind !== "human" && count(programs) >= share(tenantMax))) return null
      const places = kind === "human" ? [tenant, own] : [tenant, own, programs]
      for (const place of places) add(place, 1)
      inside += 1
      let left = false
      return () => {
        if (left) return
        left = true
        inside -= 1
        for (const place of places) add(place, -1)
      }
    },
  }
}
