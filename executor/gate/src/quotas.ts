// Quotas of a submit: how much of one requester, and of its tenant, may be open before a submission is refused.
// Owns: the numbers and the refusal. The counts are the database's, remembered for a second, plus this process's additions.
// Does not own: rates (the door), nor what is open. A quota bounds queues and gives no right: several processes that
// read the counts in the same second may together exceed it by what each admits.

import { addMs, refuse, type PrincipalId, type Refusal, type TenantId } from "@counterfoil/contracts"
import type { Clock, Standing, TraceStore } from "@counterfoil/contracts/ports"

/** What may be open at once. The numbers are chosen, not measured: they keep a queue readable and one tenant from filling the database. */
export interface QuotaLimits {
  /** Executions of one tenant that have not ended. */
  readonly openExecutions: number
  /** Requests of one requester that wait for people. */
  readonly openRequests: number
}

/** The default limits of an installation. */
export const quotaLimits: QuotaLimits = { openExecutions: 10_000, openRequests: 20 }

/** Checked before a submit, and updated after it. */
export interface Quotas {
  /** Why no more is accepted from this requester now; null when the quota allows it. */
  refusal(tenant: TenantId, requester: PrincipalId): Promise<Refusal | null>
  /** One more execution was made, and so many requests were opened with it. */
  made(tenant: TenantId, requester: PrincipalId, requests: number): void
}

const freshMs = 1_000
/** The most counts that are remembered; at this number all are forgotten. */
const remembered = 1_000
/** When a tenant's executions end is unknown, so the caller should try again after this time. */
const lookAgainMs = 60_000

interface Known {
  readonly standing: Promise<Standing>
  readonly untilMs: number
  madeExecutions: number
  madeRequests: number
}

/** Quotas over a store; `nowMs` is a monotonic clock. */
export function openQuotas(world: {
  readonly store: Pick<TraceStore, "standing">
  readonly clock: Clock
  readonly limits: QuotaLimits
  readonly nowMs: () => number
}): Quotas {
  const { store, clock, limits, nowMs } = world
  const known = new Map<string, Known>()
  const look = (tenant: TenantId, requester: PrincipalId): Known => {
    const key = `${tenant} ${requester}`
    const before = known.get(key)
    if (before !== undefined && before.untilMs > nowMs()) return before
    if (known.size >= remembered) known.clear()
    const standing = store.standing(tenant, requester, {
      executions: limits.openExecutions,
      requests: limits.openRequests,
    })
    const now = { standing, untilMs: nowMs() + freshMs, madeExecutions: 0, madeRequests: 0 }
    standing.catch(() => known.delete(key))
    known.set(key, now)
    return now
  }
  return {
    refusal: async (tenant, requester) => {
      const seen = look(tenant, requester)
      const { openExecutions, openRequests, firstExpiry } = await seen.standing
      const later = addMs(clock.now(), lookAgainMs)
      if (openRequests + seen.madeRequests >= limits.openRequests)
        return refuse("QUOTA_EXCEEDED", { quota: "Open approvals", time: firstExpiry ?? later })
      return openExecutions + seen.madeExecutions >= limits.openExecutions
        ? refuse("QUOTA_EXCEEDED", { quota: "Open executions", time: later })
        : null
    },
    made: (tenant, requester, requests) => {
      const seen = known.get(`${tenant} ${requester}`)
      if (seen === undefined) return
      seen.madeExecutions += 1
      seen.madeRequests += requests
    },
  }
}
