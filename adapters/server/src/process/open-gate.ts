// The gate of a process, with the services behind it.
// Owns: what services are given. Does not own: any service, nor the channels that call the gate.

import { SemVer, type Environment, type TenantId } from "@counterfoil/contracts"
import type { Worker } from "@counterfoil/worker"
import {
  openWorkOf,
  exportBundle,
  cursorCodec,
  type Gate,
  makeGate,
  openQuotas,
  type Services,
} from "@counterfoil/gate"
import { describeError } from "../operate/telemetry/logger.ts"
import type { Core } from "./open-core.ts"
import type { Settings } from "./settings.ts"

/** Makes the gate; `worker` is that of this process, or null where it has none. */
export function openGate(
  { store, records, registry, engine, policies, random, watch, world }: Core,
  settings: Settings,
  worker: Worker | null,
  { cursorSecret, publicUrl }: { readonly cursorSecret: Uint8Array; readonly publicUrl: () => string },
): { readonly gate: Gate; readonly services: Services } {
  const services: Services = {
    registry,
    world,
    worker,
    watch,
    cursors: cursorCodec(cursorSecret),
    quotas: openQuotas({
      store,
      clock: store.clock,
      limits: settings.quotas,
      nowMs: () => performance.now(),
    }),
    callbacks: settings.handlers.callbacks ?? {},
    quarantine: records.quarantine,
    contractLocks: store.contractLocks,
    openWork: (whose) => openWorkOf({ store, registry, engine, clock: store.clock }, whose),
    runtime: { engineDigest: engine.digest, version: SemVer.parse(settings.version) },
    originOf: (tenant) => originOf(settings.environment, tenant),
    publicUrl,
    exportBundle: (of, executionId, include) =>
      exportBundle({ store, registry, clock: store.clock, random }, of, executionId, include),
    policySet: (of, digest) => policies.of(of, digest),
    checkPolicy: (source) => policies.check(source),
  }
  const gate = makeGate(services, (error, traceId) =>
    settings.logger.error("request failed", { traceId, ...describeError(error) }),
  )
  return { gate, services }
}

/** The name that signed reviews give; reviews of one installation and tenant count nowhere else. */
const originOf = (environment: Environment, tenant: TenantId): string =>
  `counterfoil://${environment}/${tenant}`
