// The only list of what is real: ports, policies, handlers, gate, worker and server of one process.
// Owns: putting them together and taking them down in order. Does not own: settings (start/), any behaviour.
// Keeps INV-04: what the registry serves has a handler or a service, or the process does not start.

import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  DefinitionError,
  invariant,
  makeRegistry,
  SemVer,
  type Contract,
  type ContractRef,
  type EntryKind,
  type Environment,
  type Registry,
  type TenantId,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Handler, Random } from "@counterfoil/contracts/ports"
import { makePermits, startWorker, type World, type WorkerEvent } from "@counterfoil/executor"
import { contractFactsOf } from "@counterfoil/executor/core"
import { defaultPolicySource, engineWasmUrl, openWasmEngine, tallyReviews } from "@counterfoil/policy"
import { openPostgresDoorbell, openPostgresStore, type PostgresStore } from "@counterfoil/store"
import { cachedDirectory } from "./directory-cache.ts"
import { exportBundle } from "./bundle/export-bundle.ts"
import { cursorCodec } from "./gate/cursor.ts"
import { governanceHandlers } from "./gate/governance-handlers.ts"
import type { Gate } from "./gate/gate.ts"
import { makeGate } from "./gate/make-gate.ts"
import { mayReadEvents } from "./gate/may-read-events.ts"
import type { Services } from "./gate/service.ts"
import type { HandlerConfig, SecretReader } from "./handlers/handler-config.ts"
import { registerHandlers, type RegisteredHandlers } from "./handlers/register-handlers.ts"
import { openHealth, type ComponentHealth } from "./http/health.ts"
import { httpLimits } from "./http/http-limits.ts"
import { routeTemplates } from "./http/route-templates.ts"
import { startHttp } from "./http/start-http.ts"
import { componentNames, healthProbes } from "./health-probes.ts"
import { policyBlob, policyCache, type PolicyCache } from "./policy-cache.ts"
import { describeError, type Logger } from "./telemetry/logger.ts"
import { openWatch } from "./watch.ts"
import { observedStore } from "./telemetry/observe-store.ts"
import { startMetricsListener } from "./telemetry/metrics-listener.ts"
import { openMetrics, type Metrics } from "./telemetry/metrics.ts"

/** What one process is told. Connection strings carry passwords and are never logged. */
export interface Settings {
  readonly version: string
  readonly url: string
  readonly eraserUrl: string
  readonly environment: Environment
  readonly tenant: TenantId
  readonly inProduction: boolean
  readonly host: string
  readonly port: number
  /** Loopback port of `/metrics`; 0 takes a free one. */
  readonly metricsPort: number
  readonly handlers: HandlerConfig
  /** Handlers of the embedder's own, beside the built-in ones. */
  readonly extra?: RegisteredHandlers
  /** What an embedder puts around the store, to watch or to interrupt it; no flag and no variable sets it. */
  readonly aroundStore?: (store: PostgresStore) => PostgresStore
  readonly readSecret: SecretReader
  readonly logger: Logger
  /** Signs list cursors; the same in every process of an installation. */
  readonly cursorSecret: Uint8Array
}

/** A control plane at work. `close` drains the worker and the server, then the store. */
export interface ControlPlane {
  readonly url: string
  readonly metricsUrl: string
  /** What every channel calls; a caller inside this process may call it without a socket. */
  readonly gate: Gate
  readonly store: PostgresStore
  readonly registry: Registry
  readonly random: Random
  readonly policies: PolicyCache
  /** What signed reviews name as the place they were given for. */
  readonly origin: string
  close(): Promise<void>
}

/** Starts everything in one process. Throws what the store refuses, and `DefinitionError`; what it started is ended then. */
export async function startControlPlane(settings: Settings): Promise<ControlPlane> {
  const ends = new AsyncDisposableStack()
  try {
    return await wired(settings, ends)
  } catch (error) {
    await ends.disposeAsync()
    throw error
  }
}

/** Puts everything together; `ends` learns how to take each part down again, the last one first. */
async function wired(settings: Settings, ends: AsyncDisposableStack): Promise<ControlPlane> {
  const { logger, tenant } = settings
  const random: Random = {
    bytes: (count) => randomBytes(count),
    unit: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  }
  const real = await openPostgresStore({
    url: settings.url,
    eraserUrl: settings.eraserUrl,
    environment: settings.environment,
    inProduction: settings.inProduction,
  })
  const opened = settings.aroundStore?.(real) ?? real
  ends.defer(() => opened.close())
  const doorbell = await openPostgresDoorbell(settings.url)
  ends.defer(() => doorbell.close())
  const watch = openWatch(doorbell)
  const engine = openWasmEngine(await readFile(new URL(engineWasmUrl())))
  invariant(engine.ok, "INV-04", { engineKnown: false })
  const registered = withExtra(registerHandlers(settings.handlers, settings.readSecret), settings.extra)
  const registry = makeRegistry(
    [...controlPlaneContracts, ...registered.contracts],
    [...controlPlaneCapabilities, ...registered.capabilities],
  )
  const metrics = openMetrics({
    contract: registry.contracts.map(({ ref }) => ref),
    route: routeTemplates(registry),
    component: componentNames,
  })
  const store = {
    ...observedStore(opened, metrics),
    directory: cachedDirectory(opened.directory, () => performance.now()),
  }
  const policies = policyCache({ store, registry, engine: engine.value, clock: store.clock })
  const handlers = handlerTable(registry.contracts, [
    ...registered.handlers,
    ...governanceHandlers({
      store,
      clock: store.clock,
      check: policies.check,
      activated: (moved) => policies.moved(moved),
    }),
  ])
  await activateFirstPolicy(store, policies, tenant)
  const kinds = new Map(registry.contracts.map(({ ref, digest }) => [String(ref), digest]))
  const facts = new Map(
    registry.contracts.flatMap((contract) =>
      contract.kind === "command" || contract.kind === "query"
        ? [[contract.ref, contractFactsOf(contract)] as const]
        : [],
    ),
  )
  const world: World = {
    environment: settings.environment,
    worker: mintId("wrk", Date.parse(store.clock.now()), random.bytes(10)),
    store,
    clock: store.clock,
    random,
    doorbell,
    contracts: (ref) => facts.get(ref) ?? null,
    handlers,
    permits: makePermits(),
    tally: tallyReviews,
    inFlightMax: (ref) => registry.callable(ref)?.limits.inFlight ?? 1,
    kindDigest: (kind) => digestOfKind(kinds, kind),
    policies: (of, digest) => policies.of(of, digest),
    announce: watch.announce,
    tell: (event) => tell(event, logger, metrics),
  }
  const worker = startWorker(world)
  ends.defer(() => worker.stop())
  const cursors = cursorCodec(settings.cursorSecret)
  const services: Services = {
    registry,
    world,
    worker,
    watch,
    cursors,
    runtime: { version: SemVer.parse(settings.version), engineDigest: engine.value.digest },
    origin: originOf(settings),
    exportBundle: (of, executionId, include) =>
      exportBundle({ store, registry, clock: store.clock, random }, of, executionId, include),
    policySet: (of) => policies.of(of),
  }
  const gate = makeGate(services, (error, traceId) =>
    logger.error("request failed", { traceId, ...describeError(error) }),
  )
  const health = openHealth({
    probes: healthProbes({ store, policies, worker, tenant }),
    clock: store.clock,
    changed: (seen) => showComponent(seen, logger, metrics),
  })
  ends.defer(() => health.close())
  const listener = await startMetricsListener({ metrics, host: "127.0.0.1", port: settings.metricsPort })
  ends.defer(() => listener.close())
  const server = await startHttp({
    gate,
    directory: store.directory,
    store,
    doorbell: watch,
    registry,
    clock: store.clock,
    random,
    metrics,
    health,
    limits: httpLimits,
    logger,
    mayRead: (caller, executionId) => mayReadEvents(services, caller, executionId),
    host: settings.host,
    port: settings.port,
  })
  ends.defer(() => server.close())
  return {
    url: server.url,
    metricsUrl: listener.url,
    gate,
    store,
    registry,
    random,
    policies,
    origin: services.origin,
    close: async () => {
      logger.info("closing", {})
      await ends.disposeAsync()
      logger.info("closed", {})
    },
  }
}

const withExtra = (built: RegisteredHandlers, extra: RegisteredHandlers | undefined): RegisteredHandlers =>
  extra === undefined
    ? built
    : {
        handlers: [...built.handlers, ...extra.handlers],
        contracts: [...built.contracts, ...extra.contracts],
        capabilities: [...built.capabilities, ...extra.capabilities],
      }

/** The public address that signed reviews name; reviews of one installation count nowhere else. */
const originOf = ({ environment, tenant }: Settings): string => `counterfoil://${environment}/${tenant}`

/** Every callable step has exactly one handler, and every handler a registered contract. */
function handlerTable(
  contracts: readonly Contract[],
  handlers: readonly Handler[],
): ReadonlyMap<ContractRef, Handler> {
  const table = new Map(handlers.map((handler) => [handler.contract.ref, handler]))
  const needed = contracts.filter(
    (contract) =>
      (contract.kind === "command" || contract.kind === "query") &&
      (contract.path === "step" ||
        (contract.path === "gate" && contract.name !== "controlPlane.intent.submit")),
  )
  const problems = [
    ...needed.filter(({ ref }) => !table.has(ref)).map(({ ref }) => `${ref} has no handler`),
    ...handlers
      .filter(({ contract }) => !needed.includes(contract))
      .map(({ contract }) => `the handler of ${contract.ref} has no contract`),
  ]
  if (problems.length > 0 || table.size !== handlers.length)
    throw new DefinitionError("the handlers", problems)
  return table
}

/** A fresh tenant decides with the shipped set; the text of every activated set is kept for replays. */
async function activateFirstPolicy(
  store: PostgresStore,
  policies: PolicyCache,
  tenant: TenantId,
): Promise<void> {
  if ((await store.policySource(tenant)) !== null) return
  const source = defaultPolicySource()
  const checked = policies.check(source)
  if (!checked.ok)
    throw new DefinitionError(
      "the shipped policy",
      checked.error.map(({ code }) => code),
    )
  await store.putBlobs([policyBlob(checked.value.digest, source)])
  await store.activatePolicy(tenant, checked.value.digest, source)
}

function digestOfKind(kinds: ReadonlyMap<string, Contract["digest"]>, kind: EntryKind): Contract["digest"] {
  const digest = kinds.get(kind)
  invariant(digest !== undefined, "INV-07", { kind })
  return digest
}

function showComponent({ component, status }: ComponentHealth, logger: Logger, metrics: Metrics): void {
  logger.info("component changed", { component, status })
  for (const one of ["ok", "degraded", "failed"] as const)
    metrics.set("component_status", { component, status: one }, one === status ? 1 : 0)
}

function tell(event: WorkerEvent, logger: Logger, metrics: Metrics): void {
  switch (event.name) {
    case "failed":
      logger.error("work failed", {
        ...(event.executionId === null ? {} : { executionId: event.executionId }),
        ...describeError(event.error),
      })
      return
    case "lost":
      metrics.count("leases_lapsed_total", {})
      return
    case "attempt":
      metrics.count("attempts_total", { effect: event.effect, outcome: event.outcome })
      metrics.observe(
        "step_duration_seconds",
        { effect: event.effect, outcome: event.outcome, contract: event.contract },
        event.ms / 1000,
      )
      return
    case "claimed":
    case "released":
    case "reloaded":
      return
  }
}
