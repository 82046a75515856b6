// The gate of a process, with its services.
// Owns: what each service gets. Does not own: the services, nor the channels that call the gate.

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

/** Makes the gate; `worker` is the worker of this process, or null where it has none. */
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

/** The origin in signed reviews; a review is valid only in its own installation and tenant. */
const originOf = (environment: Environment, tenant: TenantId): string =>
  `counterfoil://${environment}/${tenant}`
