// What a process of every role needs: store, doorbell, registry, policies, handlers, and the world made of them.
// Owns: opening and combining these. Does not own: what is done with them (wire.ts), nor the settings (settings.ts).

import { readFile } from "node:fs/promises"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  invariant,
  makeRegistry,
  SemVer,
  type Digest,
  type EntryKind,
  type Registry,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { natsCalls } from "@counterfoil/contracts/nats"
import type { Doorbell, Random } from "@counterfoil/contracts/ports"
import { makePermits, type World } from "@counterfoil/round"
import { contractFactsOf } from "@counterfoil/core"
import {
  engineWasmUrl,
  loadPolicySet,
  openWasmEngine,
  tallyReviews,
  type CedarEngine,
} from "@counterfoil/policy"
import {
  oneAtATime,
  openBusRecords,
  openPostgresDoorbell,
  openPostgresStore,
  type BusRecords,
  type PostgresStore,
} from "@counterfoil/store"
import { openNatsDoorbell } from "../queue/nats-doorbell.ts"
import { withCachedDirectory } from "../entrance/directory-cache.ts"
import {
  adoptContracts,
  ownLock,
  type OwnLock,
  governanceHandlers,
  pullKillSwitch,
  policyCache,
  type PolicyCache,
  openWatch,
  type Watch,
  activateFirstPolicy,
} from "@counterfoil/gate"
import { registerHandlers, type RegisteredHandlers, openPureThreads } from "@counterfoil/handlers"
import { componentNames } from "./health-probes.ts"
import { routeTemplates } from "../http/route-templates.ts"
import type { NatsLink } from "../nats/open-nats-link.ts"
import { openMetrics, type Metrics } from "../operate/telemetry/metrics.ts"
import { observedStore } from "../operate/telemetry/observe-store.ts"
import { handlerTable } from "./handler-table.ts"
import { installedRegistry } from "./installed-registry.ts"
import { openRandom } from "./open-random.ts"
import { openSpans } from "./open-spans.ts"
import type { Settings } from "./settings.ts"
import { tellEvent } from "./tell.ts"

/** What the parts of a process share. */
export interface Core {
  readonly store: PostgresStore
  /** What the store records for the bus. */
  readonly records: BusRecords
  readonly registry: Registry
  /** The lock of its contracts. */
  readonly lock: OwnLock
  readonly engine: CedarEngine
  readonly policies: PolicyCache
  readonly metrics: Metrics
  readonly random: Random
  readonly watch: Watch
  readonly world: World
}

/** Opens it; the shutdown of each part is added to `ends`. */
export async function openCore(
  settings: Settings,
  link: Pick<NatsLink, "whenOpen"> | null,
  ends: AsyncDisposableStack,
): Promise<Core> {
  const random = openRandom()
  const threads = openPureThreads()
  ends.defer(() => threads.close())
  const registered = withExtra(
    registerHandlers(settings.handlers, settings.readSecret, threads),
    settings.extra,
  )
  const registry = makeRegistry(
    [...controlPlaneContracts, ...registered.contracts],
    [...controlPlaneCapabilities, ...registered.capabilities],
  )
  const metrics = openMetrics({
    contract: registry.contracts.map(({ ref }) => ref),
    route: routeTemplates(registry),
    component: componentNames,
    subject: natsCalls(registry).map(({ name }) => name),
    version: [settings.version],
  })
  metrics.set("process_start_seconds", {}, performance.timeOrigin / 1000)
  metrics.set("build_info", { version: settings.version }, 1)
  const real = await openPostgresStore({
    url: settings.url,
    eraserUrl: settings.eraserUrl,
    environment: settings.environment,
    inProduction: settings.inProduction,
    lockHeld: (holders) => {
      settings.logger.warn("lock not free in time", { holders })
    },
    committed: (entries) => metrics.observe("trace_commit_entries", {}, entries),
  })
  const opened = settings.aroundStore?.(real) ?? real
  ends.defer(() => opened.close())
  const records = openBusRecords(settings.url)
  ends.defer(() => records.close())
  const doorbell = link === null ? await postgresDoorbell(settings.url, ends) : openNatsDoorbell(link)
  const watch = openWatch(doorbell)
  const engine = openWasmEngine(await readFile(new URL(engineWasmUrl())))
  invariant(engine.ok, "INV-04", { engineKnown: false })
  const store = withCachedDirectory(
    observedStore(opened, metrics, await openSpans(settings, opened, ends)),
    () => performance.now(),
  )
  const policies = policyCache({
    store,
    registry,
    engine: engine.value,
    clock: store.clock,
    decided: ({ core: { decision } }, ms) =>
      metrics.observe("verdict_duration_seconds", { decision }, ms / 1000),
  })
  await oneAtATime(settings.url, () => activateFirstPolicy(store, policies, settings.tenant))
  const installed =
    settings.recovers === true ? await installedRegistry(store, registry, settings.tenant) : registry
  const handlers = handlerTable(registry.contracts, [
    ...registered.handlers,
    adoptContracts({ store, clock: store.clock, engine: engine.value }),
    ...governanceHandlers({
      store,
      clock: store.clock,
      registry: installed,
      environment: settings.environment,
      check: (source) =>
        loadPolicySet({ source, registry: installed, engine: engine.value, now: store.clock.now() }),
      setOf: policies.setOf,
      random,
      recovers: settings.recovers === true,
      activated: (moved) => policies.moved(moved),
      stopRunning: (pulled) => pullKillSwitch(world, pulled),
    }),
  ])
  const facts = factsByRef(registry)
  const lock = ownLock(registry, SemVer.parse(settings.version))
  const restoredAt = await store.restoredAt()
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
    ...(restoredAt === null ? {} : { restoredAt }),
    kindDigest: digestOfKind(registry),
    policies: (of, digest) => policies.of(of, digest),
    announce: watch.announce,
    secrets: settings.secrets,
    tell: (event) => tellEvent(event, settings.logger, metrics),
  }
  return { store, records, registry, lock, engine: engine.value, policies, metrics, random, watch, world }
}

async function postgresDoorbell(url: string, ends: AsyncDisposableStack): Promise<Doorbell> {
  const opened = await openPostgresDoorbell(url)
  ends.defer(() => opened.close())
  return opened
}

const withExtra = (built: RegisteredHandlers, extra: RegisteredHandlers | undefined): RegisteredHandlers =>
  extra === undefined
    ? built
    : {
        handlers: [...built.handlers, ...extra.handlers],
        contracts: [...built.contracts, ...extra.contracts],
        capabilities: [...built.capabilities, ...extra.capabilities],
      }

const factsByRef = ({ contracts }: Registry) =>
  new Map(
    contracts.flatMap((contract) =>
      contract.kind === "command" || contract.kind === "query"
        ? [[contract.ref, contractFactsOf(contract)] as const]
        : [],
    ),
  )

function digestOfKind({ contracts }: Registry): (kind: EntryKind) => Digest {
  const kinds = new Map(contracts.map(({ ref, digest }) => [String(ref), digest]))
  return (kind) => {
    const digest = kinds.get(kind)
    invariant(digest !== undefined, "INV-07", { kind })
    return digest
  }
}
