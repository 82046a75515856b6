// Traces of one tenant, or of a caller's reach in it, as a running process examines them: open executions, then recently ended ones.
// Owns: the order and the bounds. Does not own: what is examined (live/).

import { endedStatuses, openStatuses } from "@counterfoil/contracts"
import {
  everyExecution,
  everyRow,
  type ExecutionFilter,
  type LiveStore,
  type LiveTrace,
} from "@counterfoil/contracts/ports"
import { keptTexts, type KeepingStore } from "../evidence/trace-texts.ts"

const pageMax = 200
const dayMs = 86_400_000

/** How many executions a look reads: of those that are open, and of those that ended. */
interface LookBounds {
  readonly open: number
  readonly ended: number
}

/** The traces, the last changed first. A bound of 0 leaves that kind out. */
export function tenantTraces(
  store: KeepingStore,
  whose: Pick<ExecutionFilter, "tenant" | "reach">,
  { open, ended }: LookBounds,
): Omit<LiveStore, "close"> {
  let cut = false
  const walk = async function* (filter: ExecutionFilter, max: number, since: string | null) {
    if (max === 0) return
    let left = max
    // One more than is examined says whether something is left out.
    const rows = everyRow((after) => store.executions(filter, after, Math.min(left + 1, pageMax)))
    for await (const { tenant, executionId, updatedAt } of rows) {
      if (left === 0) {
        cut = true
        return
      }
      if (since !== null && updatedAt < since) return
      yield { tenant, executionId, entries: await store.trace(tenant, executionId) }
      left -= 1
    }
  }
  return {
    traces: async function* (days): AsyncGenerator<LiveTrace> {
      cut = false
      const since = Date.parse(await store.now()) - days * dayMs
      const all = { ...everyExecution, sort: "updatedAt", ...whose } as const
      yield* walk({ ...all, status: openStatuses }, open, null)
      yield* walk({ ...all, status: endedStatuses }, ended, new Date(since).toISOString())
    },
    wasCut: () => cut,
    ...keptTexts(store),
  }
}
