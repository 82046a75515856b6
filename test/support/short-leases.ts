// Leases of a few seconds instead of thirty, so that what a killed process held is soon free for the next one.
// Owns: their length and their renewal while this process lives. Does not own: the store, nor who is killed.

import type { Append, Claim } from "@counterfoil/contracts/ports"
import type { ExecutionId, WorkerId } from "@counterfoil/contracts"
import type { PostgresStore } from "@counterfoil/store"

const leaseSeconds = 5
const renewEveryMs = 1_000

/** The store with short leases, and a way to leave an execution out of the renewals: one whose row stays locked. */
export interface ShortLeases {
  readonly store: PostgresStore
  readonly leaveOut: (executionId: ExecutionId) => void
}

/** Shortens every lease that is taken through a store. */
export function shortLeases(store: PostgresStore): ShortLeases {
  const held = new Map<ExecutionId, { readonly worker: WorkerId; readonly claim: Claim }>()
  const leftOut = new Set<ExecutionId>()
  const renew = async (): Promise<void> => {
    const [first] = held.values()
    if (first === undefined) return
    const claims = [...held.values()].map(({ claim }) => claim)
    for (const executionId of await store.renew(first.worker, claims, leaseSeconds)) held.delete(executionId)
  }
  let renewing = false
  const timer = setInterval(() => {
    if (renewing) return
    renewing = true
    void renew()
      .catch(() => undefined)
      .finally(() => (renewing = false))
  }, renewEveryMs)
  const appended = ({ tenant, executionId, fence, execution, create }: Append): void => {
    if (execution.endedAt !== null) held.delete(executionId)
    else if (create !== null && create.leaseTo !== null)
      held.set(executionId, {
        worker: create.leaseTo.worker,
        claim: { tenant, executionId, fence, head: execution.head },
      })
  }
  return {
    leaveOut: (executionId) => {
      held.delete(executionId)
      leftOut.add(executionId)
    },
    store: {
      ...store,
      clock: store.clock,
      append: async (asked) => {
        const append = shortened(asked)
        const answer = await store.append(append)
        if (answer.kind === "appended") appended(append)
        return answer
      },
      claim: async (worker, limit, _seconds, full) => {
        const claims = await store.claim(worker, limit, leaseSeconds, full)
        for (const claim of claims) held.set(claim.executionId, { worker, claim })
        return claims
      },
      renew: async (_worker, claims) =>
        claims
          .map(({ executionId }) => executionId)
          .filter((executionId) => !held.has(executionId) && !leftOut.has(executionId)),
      release: async (worker, claim) => {
        held.delete(claim.executionId)
        await store.release(worker, claim)
      },
      close: async () => {
        clearInterval(timer)
        await store.close()
      },
    },
  }
}

const shortened = (append: Append): Append =>
  append.create === null || append.create.leaseTo === null
    ? append
    : {
        ...append,
        create: { ...append.create, leaseTo: { ...append.create.leaseTo, seconds: leaseSeconds } },
      }
