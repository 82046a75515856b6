// What runs in a simulated process: the production worker and gate on the simulated ports.
// Owns: the wiring of one process. Does not own: any behaviour of worker and gate, nor the machine under it (host.ts).

import type { MsgHdrs } from "@nats-io/transport-node"
import {
  governanceHandlers,
  makeGate,
  openQuotas,
  openWatch,
  pullKillSwitch,
  quotaLimits,
  type Gate,
  type Services,
} from "@counterfoil/gate"
import { storeIdentified } from "@counterfoil/server/queue"
import {
  err,
  invariant,
  InvariantBroken,
  msOfTime,
  ok,
  policyActivate,
  SemVer,
  type ContractRef,
  type EntryKind,
  type Environment,
  type TenantId,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import {
  BusUnavailable,
  OutcomeUnknown,
  StoreUnavailable,
  type Doorbell,
  type Handler,
  type HandlerAnswer,
  type HandlerCall,
  type Policies,
  type Random,
} from "@counterfoil/contracts/ports"
import { makePermits, type World } from "@counterfoil/round"
import { startWorker } from "@counterfoil/worker"
import { contractFactsOf, type ContractLookup } from "@counterfoil/core"
import { tallyReviews } from "@counterfoil/policy"
import type { DatabaseClock } from "@counterfoil/store"
import type { Dice } from "../replay/dice.ts"
import { runtime } from "../replay/world.ts"
import type { Bells } from "./bells.ts"
import type { Book } from "./book.ts"
import { callables, policySets, policySetOf, registry } from "./contracts.ts"
import type { Database } from "./database.ts"
import type { Swarm } from "./faults.ts"
import { openHost, type Host } from "./host.ts"
import type { Manner, Outside } from "./outside.ts"
import type { Stream } from "./stream.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** What all processes of a run share. */
export interface Shared {
  readonly environment: Environment
  readonly time: VirtualTime
  readonly swarm: Swarm
  readonly book: Book
  readonly database: Database
  readonly bells: Bells
  readonly outside: Outside
  readonly stream: Stream
}

/** A process at work. */
export interface Process {
  readonly host: Host
  readonly gate: Gate
  /** Runs the handler of `policy.activate`, as a worker of this process would. */
  govern(call: HandlerCall): Promise<HandlerAnswer>
}

const facts = new Map(
  registry.contracts.flatMap((contract) =>
    contract.kind === "command" || contract.kind === "query"
      ? [[contract.ref, contractFactsOf(contract)] as const]
      : [],
  ),
)
const lookup: ContractLookup = (ref) => facts.get(ref) ?? null
const kinds = new Map(registry.contracts.map(({ ref, digest }) => [String(ref), digest]))
const manners: { readonly [effect: string]: Manner } = {
  read: "reads",
  natural: "repeats",
  keyed: "keeps",
  probeable: "acts",
  unsafe: "acts",
}

/** Starts a process with empty memory; `hasWorker` false leaves it a gate alone. */
export function startProcess(
  shared: Shared,
  name: string,
  dice: Dice,
  options: { readonly hasWorker: boolean; readonly died: () => void },
): Process {
  const { environment, time, swarm, book, database, bells, outside } = shared
  const host = openHost(name, {
    time,
    swarm,
    dice,
    died: (at) => {
      book.lines.push(`${time.now()} ${name} dies ${at}`)
      options.died()
    },
  })
  const { store, clock } = database.connect(host, swarm.strikes("clock.drift") ? (dice.below(11) - 5) / 5 : 0)
  const random = randomOf(dice, swarm)
  const doorbell: Doorbell = {
    ring: (executionId) => bells.ring(executionId),
    listen: (heard) => bells.listen(host, heard),
  }
  const watch = openWatch(doorbell)
  hearSubmissions(shared.stream, host)
  const world: World = {
    environment,
    worker: mintId("wrk", Date.parse(clock.now()), dice.bytes(10)),
    store,
    clock,
    random,
    doorbell,
    contracts: lookup,
    handlers: handlersOf(host, outside),
    permits: makePermits(),
    secrets: [],
    tally: tallyReviews,
    inFlightMax: (ref) => registry.callable(ref)?.limits.inFlight ?? 1,
    kindDigest: (kind) => digestOfKind(kind),
    policies: policiesOf(store, time),
    announce: watch.announce,
    tell: (event) => {
      if (event.name === "failed") noteTrouble(book, event.error)
    },
  }
  const mayTake = readyWhile(store, clock, time)
  const worker = options.hasWorker ? startWorker(world, { mayTake, passesOn: true }) : null
  const services: Services = {
    registry,
    world,
    worker,
    watch,
    cursors: { seal: notHere, open: notHere },
    runtime: { version: SemVer.parse(runtime.version), engineDigest: runtime.engineDigest },
    originOf: (tenant) => `counterfoil://production/${tenant}`,
    quotas: openQuotas({ store, clock, limits: quotaLimits, nowMs: () => time.now() }),
    callbacks: {},
    quarantine: { list: notHere },
    contractLocks: { inForce: notHere },
    openWork: notHere,
    publicUrl: () => "https://cp.example",
    exportBundle: notHere,
    policySet: notHere,
    checkPolicy: notHere,
  }
  const activation = activationHandler(world, dice)
  return {
    host,
    gate: makeGate(services, (error) => noteTrouble(book, error)),
    // A handler that throws gives its worker no outcome: what it threw is noted as any other trouble of a process.
    govern: (call) =>
      activation.run(call).catch((error: unknown) => {
        noteTrouble(book, error)
        return { kind: "unknown", reason: "the handler threw" }
      }),
  }
}

/** As the real bus: a submission with a message id is stored again, and the server's word that it has it is an error. */
function hearSubmissions(stream: Stream, host: Host): void {
  const store = (subject: string, data: Uint8Array, headers: MsgHdrs): Promise<void> =>
    host.call(() => {
      const { duplicate } = stream.publish({ subject, headers, data })
      return duplicate ? Promise.reject(new BusUnavailable("a duplicate")) : Promise.resolve()
    })
  storeIdentified(stream.connect(host), store, () => undefined)
}

/** As the real health of a process: once a second at most it asks for the time, and takes no work when its clock is off. */
function readyWhile(store: World["store"], clock: DatabaseClock, time: VirtualTime): () => Promise<boolean> {
  let asked: { readonly at: number; readonly ready: Promise<boolean> } | null = null
  const look = async (): Promise<boolean> => {
    const before = msOfTime(clock.now())
    return Math.abs(msOfTime(await store.now()) - before) <= skewMsMax
  }
  return () => {
    if (asked === null || time.now() - asked.at >= readyForMs)
      asked = { at: time.now(), ready: look().catch(() => false) }
    return asked.ready
  }
}
const readyForMs = 1_000
const skewMsMax = 1_000

/** Lists, bundles and explanations: no one in a run requests them. */
function notHere(): never {
  throw new RangeError("the simulator's people do not ask for this")
}

function handlersOf(host: Host, outside: Outside): ReadonlyMap<ContractRef, Handler> {
  return new Map(
    Object.values(callables).map((contract): [ContractRef, Handler] => {
      const manner = manners[contract.effect] ?? "acts"
      const run: Handler["run"] = (call) => host.call(() => outside.run(contract.ref, manner, call))
      return [
        contract.ref,
        contract.effect === "probeable"
          ? { contract, run, probe: (call) => host.call(() => outside.probe(call)) }
          : { contract, run },
      ]
    }),
  )
}

/** The production handler of activations; its sets are those that were loaded for all runs. */
function activationHandler(world: World, dice: Dice): Handler {
  const setOf = (digest: string) => policySets.find((set) => set.digest === digest)
  const handlers = governanceHandlers({
    store: world.store,
    clock: world.clock,
    registry,
    environment: world.environment,
    check: (source) => {
      const set = policySetOf(source)
      return set === undefined ? err([]) : ok(set)
    },
    setOf: ({ digest }) => {
      const set = setOf(digest)
      invariant(set !== undefined, "INV-04", { policyActivated: false })
      return set
    },
    activated: () => undefined,
    random: world.random,
    recovers: false,
    // Now and then: a run that is paused all the time shows little else.
    stopRunning: (pulled) => (dice.chance(0.1) ? pullKillSwitch(world, pulled) : Promise.resolve()),
  })
  const found = handlers.find(({ contract }) => contract.ref === policyActivate.ref)
  invariant(found !== undefined, "INV-04", { handler: policyActivate.ref })
  return found
}

/** As the real cache: a pointer is trusted for a second, and a named digest is exactly that set. */
function policiesOf(store: World["store"], time: VirtualTime): World["policies"] {
  let pointer: { readonly digest: string; readonly at: number } | null = null
  const setOf = (digest: string): Policies => {
    const found = policySets.find((set) => set.digest === digest)
    invariant(found !== undefined, "INV-04", { policyActivated: false })
    return found
  }
  return async (tenant: TenantId, digest) => {
    if (digest !== undefined) return setOf(digest)
    if (pointer === null || time.now() - pointer.at > 1_000) {
      const active = await store.policySource(tenant)
      invariant(active !== null, "INV-04", { policyActivated: false })
      pointer = { digest: active.digest, at: time.now() }
    }
    return setOf(pointer.digest)
  }
}

/** Chance that sometimes gives the same bytes again. */
function randomOf(dice: Dice, swarm: Swarm): Random {
  let last = new Uint8Array()
  return {
    unit: () => dice.unit(),
    bytes: (count) => {
      if (last.length !== count || !swarm.strikes("random.repeats")) last = new Uint8Array(dice.bytes(count))
      return last
    },
  }
}

function digestOfKind(kind: EntryKind) {
  const digest = kinds.get(kind)
  invariant(digest !== undefined, "INV-07", { kind })
  return digest
}

function noteTrouble(book: Book, error: unknown): void {
  if (error instanceof StoreUnavailable || error instanceof OutcomeUnknown) return
  const words =
    error instanceof InvariantBroken
      ? `${error.message} ${JSON.stringify(error.facts)}`
      : String(error instanceof Error ? error.stack : error)
  book.troubles.push(words)
}
