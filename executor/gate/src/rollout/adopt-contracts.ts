// The handler of contract.adopt: what changed between two locks, and which work of the tenant that touches.
// Owns: putting the comparison and the look together. Does not own: either, nor when it is requested (report-rollout.ts).
// Reads only. Its answer follows from the two locks that its input names, so every process of an installation gives the same.

import { contractAdopt } from "@counterfoil/contracts"
import { compareLocks, contractDriftOf } from "@counterfoil/contracts/drift"
import { type Clock, type Handler, implement, rejected, succeeded } from "@counterfoil/contracts/ports"
import type { CedarEngine } from "@counterfoil/policy"
import { ownServiceId } from "../identity/program-service.ts"
import type { KeepingStore } from "../evidence/trace-texts.ts"
import { lookAtLive } from "./look-at-live.ts"
import { liveReportOf } from "./live-report.ts"
import { contractsOfLock, keptLock } from "./kept-lock.ts"
import { tenantTraces } from "./tenant-traces.ts"

/** The most executions that are read: some seconds of reading. */
const bounds = { open: 5_000, ended: 5_000 }

/** What adopting reads. */
interface AdoptWorld {
  readonly store: KeepingStore
  readonly clock: Clock
  readonly engine: CedarEngine
}

/** The handler. */
export const adoptContracts = ({ store, clock, engine }: AdoptWorld): Handler =>
  implement(contractAdopt, async ({ from, to }, call) => {
    // Readers of the rollouts would take another service's call for a rollout.
    if (call.requester !== ownServiceId(call.tenant))
      return rejected(
        "NOT_HERE",
        "Only an installation itself does this, when it starts with other contracts.",
      )
    const [before, after] = [await keptLock(store, from), await keptLock(store, to)]
    if (before === null || after === null) return rejected("NOT_FOUND", "There is no such lock.")
    const look = await lookAtLive({
      store: tenantTraces(store, { tenant: call.tenant, reach: null }, bounds),
      candidate: contractsOfLock(after),
      engine,
      derives: false,
      now: clock.now(),
    })
    const today = call.startedAt.slice(0, 10)
    return succeeded(contractDriftOf(compareLocks({ before, after, today }), liveReportOf(look)))
  })
