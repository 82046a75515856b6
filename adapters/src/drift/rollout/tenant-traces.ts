// Traces of one tenant, or of one principal in it, for a look that a running process takes: what is open, then what ended lately.
// Owns: the order and the bounds. Does not own: what is looked for (live/).

import { ExecutionStatus } from "@counterfoil/contracts"
import type { ExecutionFilter, Position, TraceStore } from "@counterfoil/contracts/ports"
import type { LiveStore, LiveTrace } from "@counterfoil/store"
import { keptTexts, type KeepingStore } from "../../bundle/trace-texts.ts"
import { openStatuses } from "../../telemetry/metric-table.ts"

const pageMax = 200
const dayMs = 86_400_000
const endedStatuses = ExecutionStatus.exclude(openStatuses).options

/** A filter that leaves out nothing of a tenant; the last that changed comes first. */
export const everyExecution: Omit<ExecutionFilter, "tenant"> = {
  own: null,
  status: [],
  tier: [],
  contract: null,
  requester: null,
  label: null,
  inDoubt: null,
  held: null,
  from: null,
  to: null,
  sort: "updatedAt",
}

/** How many executions a look takes in: of those that are open, and of those that ended. */
export interface LookBounds {
  readonly open: number
  readonly ended: number
}

/** The traces, the last that changed first. A bound of 0 leaves that kind out. */
export const tenantTraces = (
  store: KeepingStore,
  whose: Pick<ExecutionFilter, "tenant" | "own">,
  { open, ended }: LookBounds,
): Omit<LiveStore, "close"> => ({
  traces: async function* (days) {
    const since = Date.parse(await store.now()) - days * dayMs
    yield* some(store, { ...everyExecution, ...whose, status: openStatuses }, open, null)
    yield* some(
      store,
      { ...everyExecution, ...whose, status: endedStatuses },
      ended,
      new Date(since).toISOString(),
    )
  },
  ...keptTexts(store),
})

async function* some(
  store: TraceStore,
  filter: ExecutionFilter,
  max: number,
  since: string | null,
): AsyncGenerator<LiveTrace> {
  let left = max
  let after: Position | null = null
  while (left > 0) {
    const page = await store.executions(filter, after, Math.min(left, pageMax))
    for (const { executionId, updatedAt } of page.items) {
      if (since !== null && updatedAt < since) return
      yield { tenant: filter.tenant, executionId, entries: await store.trace(filter.tenant, executionId) }
      left -= 1
    }
    if (page.next === null) return
    after = page.next
  }
}
