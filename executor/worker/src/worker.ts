// A worker: claims executions that are due, runs each in its own fiber, renews its leases, and drains when it is stopped.
// Owns: which executions are in hand, the lease. Does not own: advancing an execution (run-execution.ts).
// Keeps INV-07 (a lost lease ends the fiber before it writes again) and INV-14 (the sweep finds work that no doorbell announced).

import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { msOfTime, type ExecutionId, type TenantId } from "@counterfoil/contracts"
import { StoreUnavailable, type Claim } from "@counterfoil/contracts/ports"
import { Arrivals } from "./arrivals.ts"
import { lacksContract, type Execution } from "@counterfoil/core"
import { leaseSeconds, type Given, type World } from "@counterfoil/round"
import { runExecution, type Arrival, type InHand } from "./run-execution.ts"
import { inHandMax, makeShares, type Shares } from "./share.ts"

/** Two renewals may fail before a lease lapses. */
const renewEveryMs = 10_000
/** After a failed renewal the next try comes almost at once, and each try is abandoned in time for the next. */
const renewAgainMs = 2_000
const renewWithinMs = 5_000
const renewalsFailedMax = 2
/** Longest time between two searches for due work: doorbells are hints, this is the guarantee. */
const sweepEveryMs = 1_000
/** How long running attempts may go on after a stop was requested. */
const drainMs = 30_000

/** Facts about the process that a worker runs in. */
interface WorkerOptions {
  /** Whether the process may take work now; called before each search. Executions in hand go on meanwhile. */
  readonly mayTake: () => Promise<boolean>
  /** False where no other process works on this database: an execution that lacks a contract is then settled here, as blocked. */
  readonly passesOn: boolean
}

const alone: WorkerOptions = { mayTake: () => Promise.resolve(true), passesOn: false }

/** A running worker. */
export interface Worker {
  /** Executions in hand right now. */
  readonly inHand: () => number
  /** True while it takes new work of a tenant. */
  readonly hasRoom: (tenant: TenantId) => boolean
  /** True once `stop` was called: a full worker is healthy, a stopping one takes nothing. */
  readonly isStopping: () => boolean
  /** Takes an execution that was created under a lease of this worker. */
  take(claim: Claim, given: Given): void
  /** Stops claiming, lets running attempts finish within 30 s, gives the leases back. */
  stop(): Promise<void>
}

interface Desk {
  readonly hands: Map<ExecutionId, { readonly inHand: InHand; readonly fiber: Fiber.Fiber<void> }>
  readonly shares: Shares
  readonly options: WorkerOptions
  stopping: boolean
  renewalsFailed: number
  /** Searches in a row that claimed nothing although work was due: it is locked, or passed on. */
  looksInVain: number
  wake: () => void
}

/** Starts a worker on the ports of its world. */
export function startWorker(world: World, options: WorkerOptions = alone): Worker {
  const desk: Desk = {
    hands: new Map(),
    shares: makeShares(),
    options,
    stopping: false,
    renewalsFailed: 0,
    looksInVain: 0,
    wake: () => {},
  }
  const take = (claim: Claim, given: Given | null) => hold(world, desk, claim, given)
  const stopListening = world.doorbell.listen((executionId) => {
    const held = desk.hands.get(executionId)
    if (held === undefined) desk.wake()
    else held.inHand.arrivals.offer({ kind: "moved" })
  })
  const claiming = Effect.runFork(Effect.forever(claimDue(world, desk, take)))
  const renewing = Effect.runFork(
    Effect.forever(
      Effect.flatMap(
        Effect.suspend(() => Effect.sleep(desk.renewalsFailed === 0 ? renewEveryMs : renewAgainMs)),
        () => renew(world, desk),
      ),
    ),
  )
  return {
    inHand: () => desk.hands.size,
    isStopping: () => desk.stopping,
    hasRoom: (tenant) => !desk.stopping && hasPlace(desk, tenant),
    take,
    stop: async () => {
      desk.stopping = true
      stopListening()
      await Effect.runPromise(Fiber.interrupt(claiming))
      const fibers = [...desk.hands.values()].map(({ fiber }) => fiber)
      for (const { inHand } of desk.hands.values()) inHand.arrivals.offer({ kind: "stop" })
      await Effect.runPromise(Effect.timeoutOption(Fiber.awaitAll(fibers), drainMs))
      await Effect.runPromise(Fiber.interruptAll(fibers))
      await Effect.runPromise(Fiber.interrupt(renewing))
    },
  }
}

/** One round: take the due work, then sleep until more is due, a doorbell rings, or the sweep's time comes. */
const claimDue = (world: World, desk: Desk, take: (claim: Claim, given: null) => void): Effect.Effect<void> =>
  Effect.gen(function* () {
    // The doorbell is armed before the search, so that the worker does not sleep over work that arrives in between.
    const rung = armed(desk)
    const claims = yield* claimSome(world, desk)
    for (const claim of claims) {
      world.tell({ name: "claimed", executionId: claim.executionId })
      take(claim, null)
    }
    if (claims.length === claimsPerLook) return
    const next = yield* quietly(world, () => world.store.nextWakeAt(), null)
    const ms = next === null ? sweepEveryMs : msOfTime(next) - msOfTime(world.clock.now())
    desk.looksInVain = claims.length === 0 && ms <= 0 ? desk.looksInVain + 1 : 0
    // Back off on due work that this worker cannot take; a doorbell still wakes it at once.
    const pauseMs = Math.max(ms, 2 ** Math.min(desk.looksInVain, 10))
    yield* Effect.raceFirst(
      Effect.promise(() => rung),
      Effect.sleep(Math.min(sweepEveryMs, pauseMs)),
    )
  })

const claimSome = (world: World, desk: Desk): Effect.Effect<readonly Claim[]> =>
  Effect.gen(function* () {
    const asked = desk.shares.asks(claimsPerLook)
    if (asked === null || !(yield* quietly(world, () => desk.options.mayTake(), false))) return []
    const { room, full } = asked
    return yield* quietly(world, () => world.store.claim(world.worker, room, leaseSeconds, full), [])
  })

const hasPlace = ({ hands, shares }: Desk, tenant: TenantId): boolean =>
  hands.size < inHandMax && !shares.hasItsShare(tenant)

/** Removes one from those in hand, and wakes the search if it waited for a place. */
function putDown(desk: Desk, { executionId, tenant }: Claim): void {
  const wasFull = !hasPlace(desk, tenant)
  desk.hands.delete(executionId)
  desk.shares.remove(tenant)
  if (wasFull) desk.wake()
}

const claimsPerLook = 64

function armed(desk: Desk): Promise<void> {
  return new Promise((resolve) => {
    desk.wake = resolve
  })
}

function hold(world: World, desk: Desk, claim: Claim, given: Given | null): void {
  const before = desk.hands.get(claim.executionId)
  if (before !== undefined) {
    putDown(desk, claim)
    Effect.runFork(Fiber.interrupt(before.fiber))
  }
  const arrivals = new Arrivals<Arrival>()
  const lacks = (execution: Execution): boolean =>
    desk.options.passesOn && lacksContract(execution, world.contracts)
  const inHand: InHand = { claim, arrivals, lacks }
  const run = Effect.gen(function* () {
    // A fiber runs at once until it first waits: it must not be done before it is listed among those in hand.
    yield* Effect.yieldNow
    const left = yield* Effect.catchCause(runExecution(world, inHand, given), (cause) =>
      Effect.gen(function* () {
        world.tell({ name: "failed", executionId: claim.executionId, error: Cause.squash(cause) })
        // A failed execution is due again at once: the lease is kept a while, so that it is not tried without a pause.
        yield* Effect.sleep(sweepEveryMs)
        return null
      }),
    )
    // The same execution may have been claimed again meanwhile: that entry belongs to the newer claim.
    if (desk.hands.get(claim.executionId)?.inHand === inHand) putDown(desk, claim)
    if (left !== null && hasEnded(left)) {
      tellOthers(world, desk, claim)
      return world.tell({ name: "released", executionId: claim.executionId })
    }
    const passed = left !== null && lacks(left)
    yield* quietly(
      world,
      () => (passed ? world.store.passOn(world.worker, claim) : world.store.release(world.worker, claim)),
      undefined,
    )
    world.tell({ name: passed ? "passedOn" : "released", executionId: claim.executionId })
    // A worker with the contract may have searched while this one held the execution.
    if (passed) return world.doorbell.ring(claim.executionId)
    if (left !== null) tellOthers(world, desk, claim)
    // Work may have become due, or a doorbell rung, between the last look and the release.
    desk.wake()
  })
  desk.shares.add(claim.tenant)
  desk.hands.set(claim.executionId, { inHand, fiber: Effect.runFork(run) })
}

/** A caller that waits for an execution may be in another process, which only the doorbell notifies. */
function tellOthers({ doorbell }: World, { options }: Desk, { executionId }: Claim): void {
  if (options.passesOn) doorbell.ring(executionId)
}

/** The append that ends an execution releases the lease in the same commit, and no work of it can be due. */
const hasEnded = ({ life }: Execution): boolean => "endedAt" in life

const renew = (world: World, desk: Desk): Effect.Effect<void> =>
  Effect.gen(function* () {
    const claims = [...desk.hands.values()].map(({ inHand }) => inHand.claim)
    if (claims.length === 0) return
    const renewing = Effect.promise(() => world.store.renew(world.worker, claims, leaseSeconds))
    // A lease must not lapse while this process waits for a dead connection.
    const inTime = Effect.timeoutOrElse(renewing, {
      duration: renewWithinMs,
      orElse: () => Effect.die(new StoreUnavailable(`no answer within ${renewWithinMs} ms`)),
    })
    const answer = yield* reported(world, inTime, null)
    desk.renewalsFailed = answer === null ? desk.renewalsFailed + 1 : 0
    // After two failures in a row another worker may get the leases: all attempts are aborted before they lapse.
    const lost =
      desk.renewalsFailed >= renewalsFailedMax ? claims.map(({ executionId }) => executionId) : (answer ?? [])
    for (const executionId of lost) {
      const held = desk.hands.get(executionId)
      if (held === undefined) continue
      world.tell({ name: "lost", executionId })
      putDown(desk, held.inHand.claim)
      yield* Fiber.interrupt(held.fiber)
    }
  })

/** Runs a store call. If it throws, the error is reported, the result is `otherwise`, and the next round tries again. */
const quietly = <A>(world: World, run: () => Promise<A>, otherwise: A): Effect.Effect<A> =>
  reported(world, Effect.promise(run), otherwise)

const reported = <A, B>(world: World, run: Effect.Effect<A>, otherwise: B): Effect.Effect<A | B> =>
  Effect.catchCause(run, (cause) =>
    Effect.sync(() => {
      world.tell({ name: "failed", executionId: null, error: Cause.squash(cause) })
      return otherwise
    }),
  )
