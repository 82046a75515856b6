// Whether an event is sent with its data where its reader presents no token: on the bus, and to the receiver of a callback.
// Owns: the principal that is decided for in place of the readers. Does not own: the decision (trace-forbidden.ts, may-read-events.ts), sending.
// Keeps INV-04: an event is sent without its data when this cannot be decided; and INV-14: it is sent, so no chain has a gap.

import {
  GrantId,
  PrincipalId,
  SessionId,
  traceGet,
  type ExecutionId,
  type TenantId,
  type TraceEntry,
} from "@counterfoil/contracts"
import { StoreUnavailable } from "@counterfoil/contracts/ports"
import { authorityOf, type Asking, type Authority, type DecidingWorld } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import { mayReadEvents } from "./may-read-events.ts"
import { namedIn, unnamed } from "./reach.ts"
import { traceForbidden } from "./trace-forbidden.ts"

/** Says of an entry whether its event carries data. Throws `StoreUnavailable` and nothing else. */
export type ShowsData = (entry: Pick<TraceEntry, "head">) => Promise<boolean>

/** A decision about the bus is trusted for as long as a policy pointer. */
const freshMs = 1_000

/**
 * For events on the bus. A NATS server admits subscribers by subject and has no principals, so this decides whether a rule
 * forbids a tenant's traces to a service that holds every grant. `nowMs` is a monotonic clock.
 */
export function busShowsData(world: DecidingWorld, nowMs: () => number): ShowsData {
  const tenants = new Map<TenantId, { readonly until: number; readonly of: Promise<ShowsTrace> }>()
  const shownIn = (tenant: TenantId): Promise<ShowsTrace> => {
    const known = tenants.get(tenant)
    if (known !== undefined && known.until > nowMs()) return known.of
    const of = authorityOf(world, tenant).then((authority) => tracesShown(authority, tenant))
    tenants.set(tenant, { until: nowMs() + freshMs, of })
    of.catch(() => tenants.delete(tenant))
    return of
  }
  return ({ head }) =>
    decidedOr(false, async () => {
      const shows = await shownIn(head.tenant)
      return shows(head.executionId)
    })
}

/** For a callback: its receiver gets what the requester's own stream of the execution would show now. */
export const callbackShowsData =
  (world: DecidingWorld): ShowsData =>
  ({ head: { tenant, executionId } }) =>
    decidedOr(false, async () => {
      const row = await world.store.execution(tenant, executionId)
      const principal = row === null ? null : await world.store.directory.principal(tenant, row.requester)
      if (row === null || principal === null || !principal.enabled) return false
      const { id, kind, name, owner, roles } = principal
      const caller: Caller = {
        ...nobodysCall,
        tenant,
        principal: id,
        kind,
        name,
        owner,
        roles,
        channel: row.channel,
      }
      return (await mayReadEvents({ world }, caller, executionId)).ok
    })

type ShowsTrace = (executionId: ExecutionId) => boolean

/** Decided once for all executions that no rule names, and once for each that one does. */
function tracesShown(authority: Authority, tenant: TenantId): ShowsTrace {
  const named = namedIn(authority.policies.resourcesNamed(traceGet.ref))
  const asking = askingOfBus(tenant, authority)
  const isShown = (executionId: ExecutionId): boolean =>
    traceForbidden(authority, asking, { executionId, owners: [] }) === null
  const others = isShown(unnamed(named))
  const each = new Map(named.map((id) => [id, isShown(id)]))
  return (executionId) => each.get(executionId) ?? others
}

function askingOfBus(tenant: TenantId, { now }: Authority): Asking {
  const { capability } = traceGet
  const grant = {
    grantId: noGrant,
    principal: bus,
    capability,
    scope: { level: "tenant" as const },
    source: "owner" as const,
    // Beyond any time that a rule could ask for.
    expiresAt: now.replace(/^\d{4}/, "9999") as typeof now,
  }
  const caller: Caller = {
    ...nobodysCall,
    tenant,
    principal: bus,
    kind: "service",
    name: bus,
    owner: null,
    roles: [],
  }
  const member = {
    id: bus,
    kind: "service" as const,
    tenant,
    enabled: true,
    owner: null,
    roles: [],
    grants: [grant],
  }
  return { caller, contract: traceGet, chain: [member] }
}

const bus = PrincipalId.parse("counterfoil.relay")
const noGrant = GrantId.parse(`grn_${"0".repeat(26)}`)
const nobodysCall = {
  session: SessionId.parse(`ses_${"0".repeat(26)}`),
  assurance: "session",
  channel: "nats",
  mintedBy: null,
  origin: null,
  traceparent: null,
} as const

async function decidedOr<T>(otherwise: T, decide: () => Promise<T>): Promise<T> {
  try {
    return await decide()
  } catch (error) {
    if (error instanceof StoreUnavailable) throw error
    return otherwise
  }
}
