// The activated policy set of each tenant, parsed once and kept by digest.
// Owns: when the pointer is read again. Does not own: what a set decides (policy), nor activating one.
// Keeps INV-04: a stored text that is missing, or that no longer loads, throws, and the caller is refused.

import {
  invariant,
  parseJson,
  parseWith,
  policySourceMediaType,
  PolicySource,
  canonicalBytes,
  type Digest,
  type Registry,
  type Result,
  type TenantId,
  type Verdict,
} from "@counterfoil/contracts"
import type { ActivePolicy, Clock, TraceStore } from "@counterfoil/contracts/ports"
import { entryLimits } from "@counterfoil/replay"
import {
  loadPolicySet,
  policySetDigestOf,
  type CedarEngine,
  type PolicyIssue,
  type PolicySet,
} from "@counterfoil/policy"

/** How long a pointer is trusted before it is read again: another process may have moved it. Consumption reads it under its lock. */
const pointerFreshMs = 1_000

/** Activated policy sets by tenant. */
export interface PolicyCache {
  /** The activated set; with `digest`, the set that had this digest when the pointer was read, even if another was activated since. */
  of(tenant: TenantId, digest?: Digest): Promise<PolicySet>
  readonly check: (source: PolicySource) => Result<PolicySet, readonly PolicyIssue[]>
  /** The set of a pointer that was read. Does not read the store, so it can be called under a lock that holds a connection. */
  readonly setOf: (active: ActivePolicy) => PolicySet
  /** The pointer of this tenant was moved by this process. */
  moved(tenant: TenantId): void
}

/** A cache over the store's pointers. */
export function policyCache(world: {
  readonly store: TraceStore
  readonly registry: Registry
  readonly engine: CedarEngine
  readonly clock: Clock
  /** Called for each decision, with the milliseconds that it took. */
  readonly decided?: (verdict: Verdict, ms: number) => void
}): PolicyCache {
  const sets = new Map<Digest, PolicySet>()
  const pointers = new Map<TenantId, { readonly set: Promise<PolicySet>; readonly at: number }>()
  const check: PolicyCache["check"] = (source) =>
    loadPolicySet({ source, registry: world.registry, engine: world.engine, now: world.clock.now() })

  const read = async (tenant: TenantId): Promise<PolicySet> => {
    const active = await world.store.policySource(tenant)
    invariant(active !== null, "INV-04", { tenant, policyActivated: false })
    return setOf(active)
  }
  const setOf: PolicyCache["setOf"] = ({ digest, source }) => {
    const known = sets.get(digest)
    if (known !== undefined) return known
    const loaded = check(source)
    invariant(loaded.ok && loaded.value.digest === digest, "INV-04", { digest, loads: loaded.ok })
    const set = heardSet(loaded.value, world.decided ?? (() => undefined))
    sets.set(digest, set)
    return set
  }
  /** A set that decided once: its source is kept for replays. */
  const keptSet = async (digest: Digest): Promise<PolicySet> => {
    const kept = await world.store.blob(digest)
    const json = kept?.mediaType === policySourceMediaType ? parseJson(kept.bytes, entryLimits) : null
    const source = json?.ok === true ? parseWith(PolicySource, json.value) : null
    invariant(source?.ok === true, "INV-02", { expected: digest })
    return setOf({ digest, source: source.value })
  }
  const fresh = (tenant: TenantId): Promise<PolicySet> => {
    const set = read(tenant)
    pointers.set(tenant, { set, at: performance.now() })
    set.catch(() => pointers.delete(tenant))
    return set
  }
  return {
    of: async (tenant, digest) => {
      // A caller that passes a digest has read the pointer itself, perhaps under a lock that holds one of few connections.
      const named = digest === undefined ? undefined : sets.get(digest)
      if (named !== undefined) return named
      const pointer = pointers.get(tenant)
      const set =
        pointer !== undefined && performance.now() - pointer.at < pointerFreshMs ? pointer.set : fresh(tenant)
      if (digest === undefined || (await set).digest === digest) return set
      const again = await fresh(tenant)
      return again.digest === digest ? again : keptSet(digest)
    },
    check,
    setOf,
    moved: (tenant) => {
      pointers.delete(tenant)
    },
  }
}

/** The same set, which reports its decisions. */
const heardSet = (set: PolicySet, decided: (verdict: Verdict, ms: number) => void): PolicySet => ({
  ...set,
  decide: (request) => {
    const begunMs = performance.now()
    const verdict = set.decide(request)
    decided(verdict, performance.now() - begunMs)
    return verdict
  },
})

/** A source as it is kept for replays: canonical bytes under their digest, which is the one that verdicts name. */
export const policyBlob = (source: PolicySource) => ({
  digest: policySetDigestOf(source),
  mediaType: policySourceMediaType,
  bytes: canonicalBytes(source),
})
