// The one list of real parts: which of them run in a process of each role, in the order of their start.
// Owns: that order, and stopping everything again, the last part first. Does not own: the settings (settings.ts), how a part
// is built (the open-*.ts files), nor any behaviour.

import type { Registry } from "@counterfoil/contracts"
import type { Random } from "@counterfoil/contracts/ports"
import { startWorker } from "@counterfoil/worker"
import { openLiveStore, type PostgresStore } from "@counterfoil/store"
import { introduceCapabilities } from "./introduce-capabilities.ts"
import {
  keepLock,
  removedContracts,
  reportRollout,
  type Gate,
  callbackShowsData,
  mayReadEvents,
  placeCodec,
  type PolicyCache,
} from "@counterfoil/gate"
import { startCallbacks } from "../outbound/start-callbacks.ts"
import { systemResolve } from "@counterfoil/handlers"
import { healthProbes } from "./health-probes.ts"
import { contractAddresses } from "../outbound/contract-address.ts"
import { asyncApi } from "../nats/async-api.ts"
import { openHealth, type Health } from "../http/health.ts"
import { httpLimits } from "../http/http-limits.ts"
import { refuseTaken, startHttp } from "../http/start-http.ts"
import { startPatrol } from "../operate/patrol/start-patrol.ts"
import { SettingsError } from "../settings/data-folder.ts"
import { freeShareOf, readGaugesAtScrape } from "../operate/telemetry/read-gauges.ts"
import { startMetricsListener } from "../http/metrics-listener.ts"
import { hasBus, startMessages, type Messages } from "./open-bus.ts"
import { openCore, type Core } from "./open-core.ts"
import { openGate } from "./open-gate.ts"
import { openDoorOn, openLink } from "./open-nats.ts"
import { answersCalls, doesWork, sendsCallbacks } from "./role.ts"
import type { Settings } from "./settings.ts"
import { showComponent, tellCallback, tellRollout } from "./tell.ts"

/** One running process. `close` drains and stops it; meanwhile the process reports that it is not ready. */
export interface ControlPlane {
  /** Its HTTP address: for calls, or in a role that takes none, only for its health. */
  readonly url: string
  readonly metricsUrl: string
  /** The gate that every channel calls; code inside this process may call it without a socket. */
  readonly gate: Gate
  readonly store: PostgresStore
  readonly registry: Registry
  readonly random: Random
  readonly policies: PolicyCache
  /** The origin that signed reviews name. */
  readonly origin: string
  close(): Promise<void>
}

/** Starts a process of the role in `settings`. Throws the store's refusals and `DefinitionError`, after stopping what it had started. */
export async function startControlPlane(settings: Settings): Promise<ControlPlane> {
  const ends = new AsyncDisposableStack()
  try {
    return await wired(settings, ends)
  } catch (error) {
    await ends.disposeAsync()
    throw error
  }
}

/** Builds and starts every part; the shutdown of each is added to `ends`. */
async function wired(settings: Settings, ends: AsyncDisposableStack): Promise<ControlPlane> {
  const { logger, role } = settings
  let closing = false
  const link = openLink(settings, ends)
  const core = await openCore(settings, link, ends)
  const { store, registry, engine, random, policies, metrics, watch, world } = core
  // Before any part of this process works, and before its contracts are recorded as in force.
  if (settings.keepsContracts === true) await refuseRemoval(core, settings)
  // Before its first entry: what it writes is verified with its contracts, also after it was cut short.
  await keepLock(store, core.lock)

  let messages: Messages | null = null
  const health = openHealth({
    probes: healthProbes({
      store,
      policies,
      worker: doesWork(role) ? { isStopping: () => closing } : null,
      messages: hasBus(role, link) ? () => messages?.look() ?? { bus: "degraded", relay: "degraded" } : null,
      tenant: settings.tenant,
    }),
    clock: store.clock,
    changed: (seen) => showComponent(seen, logger, metrics),
  })
  ends.defer(() => health.close())
  readGaugesAtScrape({
    metrics,
    open: () => store.gauges(),
    components: () => health.components(),
    freeShare: () => freeShareOf(settings.databaseFolder),
    hasBus: hasBus(role, link),
    nowMs: () => performance.now(),
  })
  if (settings.alone) await store.freeLeases()
  const worker = doesWork(role)
    ? startWorker(world, { mayTake: () => isReady(health), passesOn: !settings.alone })
    : null
  ends.defer(() => worker?.stop())
  const patrol = doesWork(role)
    ? startPatrol(
        { store, registry, engine, clock: store.clock, random, tenant: settings.tenant },
        metrics,
        logger,
      )
    : null
  ends.defer(() => patrol?.close())
  const listener = await startMetricsListener({
    metrics,
    probes: { isAlive: () => health.alive(), isReady: async () => !closing && (await isReady(health)) },
    host: settings.metricsHost,
    port: settings.metricsPort,
    hosts: hostsOf(settings),
  }).catch(async (error: unknown) => {
    // If both ports are taken, the error names the port for calls: the default of the other follows from it.
    if (answersCalls(role)) await refuseTaken(settings.host, settings.port)
    throw error
  })
  ends.defer(() => listener.close())

  let publicUrl = settings.publicUrl ?? ""
  const addressOf = contractAddresses(() => publicUrl)
  const cursorSecret = await store.cursorSecret()
  const { gate, services } = openGate(core, settings, worker, {
    cursorSecret,
    publicUrl: () => publicUrl,
  })
  // Before the new contracts are recorded as in force, so that the next start repeats it after an interrupted one.
  await introduceCapabilities(core, settings)
  await reportRollout({
    gate,
    store,
    own: core.lock,
    clock: store.clock,
    random,
    tenant: settings.tenant,
    tell: (event) => tellRollout(event, logger),
  })
  const server = answersCalls(role)
    ? await startHttp({
        gate,
        directory: store.directory,
        governing: (of, change) => store.governing(of, change),
        store,
        doorbell: watch,
        registry,
        clock: store.clock,
        random,
        metrics,
        health,
        limits: httpLimits,
        logger,
        version: services.runtime.version,
        mayRead: (caller, executionId) => mayReadEvents(services, caller, executionId),
        places: placeCodec(cursorSecret),
        addressOf,
        asyncApi,
        host: settings.host,
        hosts: hostsOf(settings),
        port: settings.port,
      })
    : null
  ends.defer(() => server?.close())
  publicUrl ||= server?.url ?? ""
  // Parts that send on their own start after that address is known.
  const callbacks = sendsCallbacks(role)
    ? startCallbacks({
        queue: store.callbacks,
        registered: settings.handlers.callbacks ?? {},
        trace: (tenant, executionId, range) => store.trace(tenant, executionId, range),
        readSecret: settings.readSecret,
        resolve: systemResolve,
        clock: store.clock,
        random,
        showsData: callbackShowsData(world),
        addressOf,
        tell: (event) => tellCallback(event, logger, metrics),
      })
    : null
  ends.defer(() => callbacks?.close())
  const natsDoor = link !== null && answersCalls(role) ? openDoorOn(link, settings, core, gate) : null
  ends.defer(() => natsDoor?.close())
  if (hasBus(role, link)) messages = startMessages({ core, settings, link, gate, addressOf }, ends)
  return {
    url: server?.url ?? new URL(listener.url).origin,
    metricsUrl: listener.url,
    gate,
    store,
    registry,
    random,
    policies,
    origin: services.originOf(settings.tenant),
    close: async () => {
      closing = true
      logger.info("closing", {})
      await ends.disposeAsync()
      logger.info("closed", {})
    },
  }
}

/** Throws `SettingsError` with the contracts that open work needs and this process would remove. */
async function refuseRemoval({ store, lock }: Core, { tenant, url }: Settings): Promise<void> {
  const removed = await removedContracts({
    store,
    own: lock,
    tenant,
    openLive: () => openLiveStore(url, "counterfoil_service"),
  })
  if (removed.length === 0) return
  const more = removed.length > namedMax ? ` and ${removed.length - namedMax} more` : ""
  throw new SettingsError(
    `This start would remove contracts that open work needs: ${removed.slice(0, namedMax).join(", ")}${more}. Start with the same handlers as before (--handlers FILE, or handlers.json in the data folder); with --remove-contracts it starts anyway, and that work waits for a process that has them.`,
  )
}

/** The most contracts named in one sentence. */
const namedMax = 20

/** The host names that the operator configured for this process. */
function hostsOf({ hosts = [], publicUrl }: Settings): readonly string[] {
  const ofUrl = publicUrl === null ? null : URL.parse(publicUrl)
  return ofUrl === null ? hosts : [...hosts, ofUrl.hostname]
}

const isReady = async (health: Health): Promise<boolean> =>
  (await health.components()).every(({ required, status }) => !required || status === "ok")
