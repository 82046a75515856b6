// The components that this process checks to decide whether it may take work.
// Owns: the list of components. Does not own: how often they are checked, nor how they are reported (http/health.ts).

import { msOfTime, type TenantId } from "@counterfoil/contracts"
import type { Worker } from "@counterfoil/worker"
import type { PostgresStore } from "@counterfoil/store"
import type { HealthProbe } from "../http/health.ts"
import type { PolicyCache } from "@counterfoil/gate"

/** How far this process's estimate of the database's time may be wrong. */
const skewMsMax = 1_000

/** The names of all components, in the order of the probes. */
export const componentNames: readonly string[] = ["store", "policy", "clock", "worker", "bus", "relay"]

/** The status of the bus and the relay, for their components. */
export interface MessagesHealth {
  readonly bus: "ok" | "degraded"
  readonly relay: "ok" | "degraded"
}

/** The components of a process; `worker` is null where it has none. */
export function healthProbes({
  store,
  policies,
  worker,
  messages,
  tenant,
}: {
  readonly store: PostgresStore
  readonly policies: PolicyCache
  readonly worker: Pick<Worker, "isStopping"> | null
  /** The status of the bus and the relay; null in a process without messages. */
  readonly messages: (() => MessagesHealth) | null
  readonly tenant: TenantId
}): readonly HealthProbe[] {
  const common: readonly HealthProbe[] = [
    {
      name: "store",
      required: true,
      runbook: "store-unavailable",
      look: async () => ((await store.servesCalls(tenant)) ? "ok" : "failed"),
    },
    {
      name: "policy",
      required: true,
      runbook: "policy-error",
      look: async () => {
        await policies.of(tenant)
        return "ok"
      },
    },
    {
      name: "clock",
      required: true,
      runbook: "clock-skew",
      look: async () => {
        const before = msOfTime(store.clock.now())
        return Math.abs(msOfTime(await store.now()) - before) <= skewMsMax ? "ok" : "failed"
      },
    },
  ]
  const working: HealthProbe = {
    name: "worker",
    required: true,
    runbook: "work-stalled",
    look: () => Promise.resolve(worker?.isStopping() === false ? "ok" : "failed"),
  }
  // Losing every message only delays work (INV-14), so a process without messages still takes work.
  const carried: readonly HealthProbe[] =
    messages === null
      ? []
      : [
          {
            name: "bus",
            required: false,
            runbook: "bus-down",
            look: () => Promise.resolve(messages().bus),
          },
          {
            name: "relay",
            required: false,
            runbook: "bus-down",
            look: () => Promise.resolve(messages().relay),
          },
        ]
  return [...common, ...(worker === null ? [] : [working]), ...carried]
}
