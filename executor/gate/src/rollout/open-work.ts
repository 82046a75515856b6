// The current effects of this process's contracts on open work.
// Owns: the bound of one answer. Does not own: the look (live/), who may call it (gate).

import type { Registry } from "@counterfoil/contracts"
import type { LiveReport } from "@counterfoil/contracts/drift"
import type { Clock, ExecutionFilter } from "@counterfoil/contracts/ports"
import type { CedarEngine } from "@counterfoil/policy"
import type { KeepingStore } from "../evidence/trace-texts.ts"
import { lookAtLive } from "./look-at-live.ts"
import { liveReportOf } from "./live-report.ts"
import { tenantTraces } from "./tenant-traces.ts"

/** The most open executions that are read for one answer, the last changed first. */
const openMax = 1_000

/** What the look reads. */
interface OpenWorkWorld {
  readonly store: KeepingStore
  readonly registry: Registry
  readonly engine: CedarEngine
  readonly clock: Clock
}

/** The report, of the work within a reach or of the whole tenant's. */
export const openWorkOf = async (
  { store, registry, engine, clock }: OpenWorkWorld,
  whose: Pick<ExecutionFilter, "tenant" | "reach">,
): Promise<LiveReport> =>
  liveReportOf(
    await lookAtLive({
      store: tenantTraces(store, whose, { open: openMax, ended: 0 }),
      candidate: registry,
      engine,
      derives: false,
      now: clock.now(),
    }),
  )
