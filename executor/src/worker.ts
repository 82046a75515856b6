// A worker: claims executions that are due, runs each in a fiber of its own, keeps its leases, and drains when told to stop.
// Owns: who is in hand, the lease. Does not own: what is done with an execution (run-execution.ts).
// Keeps INV-07 (a lost lease ends the fiber before it writes again) and INV-14 (the sweep finds what no doorbell announced).

import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { msOfTime, type ExecutionId } from "@counterfoil/contracts"
import type { Claim } from "@counterfoil/contracts/ports"
import { Arrivals } from "./arrivals.ts"
import type { Execution } from "./core/index.ts"
import { runExecution, type Arrival, type Given, type InHand } from "./run-execution.ts"
import type { World } from "./world.ts"

/** How long a lease lasts, and how often it is renewed: two renewals may fail before it lapses. */
export const leaseSeconds = 30
const renewEveryMs = 10_000
const renewalsFailedMax = 2
/** How long nobody looks for due work at most: doorbells are hints, this is the promise. */
export const sweepEveryMs = 1_000
/** Most executions in hand at once: each holds its folded state in memory. */
export const inHandMax = 1_024
/** How long running attempts may go on after a stop was asked for. */
const drainMs = 30_000

/** A running worker. */
export interface Worker {
  /** Executions in hand right now. */
  readonly inHand: () => number
  /** True while it takes new work. */
  readonly hasRoom: () => boolean
  /** True once `stop` was called: a full worker is healthy, a stopping one takes nothing. */
  readonly isStopping: () => boolean
  /** Takes an execution that was created under a lease of this worker. */
  take(claim: Claim, given: Given): void
  /** Stops claiming, lets running attempts finish within 30 s, gives the leases back. */
  stop(): Promise<void>
}

interface Desk {
  readonly hands: Map<ExecutionId, { readonly inHand: InHand; readonly fiber: Fiber.Fiber<void> }>
  stopping: boolean
  renewalsFailed: number
  wake: () => void
}

/** Starts a worker on the ports of its world. */
export function startWorker(world: World): Worker {
  const desk: Desk = { hands: new Map(), stopping: false, renewalsFailed: 0, wake: () => {} }
  const take = (claim: Claim, given: Given | null) => hold(world, desk, claim, given)
  const stopListening = world.doorbell.listen((executionId) => {
    const held = desk.hands.get(executionId)
    if (held === undefined) desk.wake()
    else held.inHand.arrivals.offer({ kind: "moved" })
  })
  const claiming = Effect.runFork(Effect.forever(claimDue(world, desk, take)))
  const renewing = Effect.runFork(
    Effect.forever(Effect.andThen(Effect.sleep(renewEveryMs), renew(world, desk))),
  )
  return {
    inHand: () => desk.hands.size,
    isStopping: () => desk.stopping,
    hasRoom: () => !desk.stopping && desk.hands.size < inHandMax,
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

/** One round: take what is due, then sleep until the next is, a doorbell rings, or the sweep's time comes. */
const claimDue = (world: World, desk: Desk, take: (claim: Claim, given: null) => void): Effect.Effect<void> =>
  Effect.gen(function* () {
    const room = inHandMax - desk.hands.size
    // The doorbell is armed before the look, so that work which comes in between is not slept over.
    const rung = armed(desk)
    const claims =
      room <= 0
        ? []
        : yield* quietly(
            world,
            () => world.store.claim(world.worker, Math.min(room, claimsPerLook), leaseSeconds),
            [],
          )
    for (const claim of claims) {
      world.tell({ name: "claimed", executionId: claim.executionId })
      take(claim, null)
    }
    if (claims.length === claimsPerLook) return
    const next = yield* quietly(world, () => world.store.nextWakeAt(), null)
    const ms =
      next === null
        ? sweepEveryMs
        : Math.min(sweepEveryMs, Math.max(0, msOfTime(next) - msOfTime(world.clock.now())))
    yield* Effect.raceFirst(
      Effect.promise(() => rung),
      Effect.sleep(Math.max(ms, 1)),
    )
  })

const claimsPerLook = 64

function armed(desk: Desk): Promise<void> {
  return new Promise((resolve) => {
    desk.wake = resolve
  })
}

function hold(world: World, desk: Desk, claim: Claim, given: Given | null): void {
  const before = desk.hands.get(claim.executionId)
  if (before !== undefined) Effect.runFork(Fiber.interrupt(before.fiber))
  const arrivals = new Arrivals<Arrival>()
  const inHand: InHand = { claim, arrivals }
  const run = Effect.gen(function* () {
    // A fiber runs at once until it first waits: it must not be done before it stands among those in hand.
    yield* Effect.yieldNow
    const left = yield* Effect.catchCause(runExecution(world, inHand, given), (cause) =>
      Effect.gen(function* () {
        world.tell({ name: "failed", executionId: claim.executionId, error: Cause.squash(cause) })
        // What fails is due again at once: the lease is kept a while, so that it is not tried without a pause.
        yield* Effect.sleep(sweepEveryMs)
        return null
      }),
    )
    // The same execution may have been claimed again meanwhile: that hand is not ours to take away.
    if (desk.hands.get(claim.executionId)?.inHand === inHand) desk.hands.delete(claim.executionId)
    if (left !== null && hasEnded(left))
      return world.tell({ name: "released", executionId: claim.executionId })
    yield* quietly(world, () => world.store.release(world.worker, claim), undefined)
    world.tell({ name: "released", executionId: claim.executionId })
    // Something may have come due, or been said, between the last look and the release.
    desk.wake()
  })
  desk.hands.set(claim.executionId, { inHand, fiber: Effect.runFork(run) })
}

/** The append that ends an execution gives the lease back in the same commit, and nothing of it can be due. */
const hasEnded = ({ life }: Execution): boolean => "endedAt" in life

const renew = (world: World, desk: Desk): Effect.Effect<void> =>
  Effect.gen(function* () {
    const claims = [...desk.hands.values()].map(({ inHand }) => inHand.claim)
    if (claims.length === 0) return
    const answer = yield* quietly(world, () => world.store.renew(world.worker, claims, leaseSeconds), null)
    desk.renewalsFailed = answer === null ? desk.renewalsFailed + 1 : 0
    // After two failures in a row the leases may be somebody else's: all attempts are aborted before they lapse.
    const lost =
      desk.renewalsFailed >= renewalsFailedMax ? claims.map(({ executionId }) => executionId) : (answer ?? [])
    for (const executionId of lost) {
      const held = desk.hands.get(executionId)
      if (held === undefined) continue
      world.tell({ name: "lost", executionId })
      desk.hands.delete(executionId)
      yield* Fiber.interrupt(held.fiber)
    }
  })

/** Runs a store call; what it throws is told and answered with `otherwise`, and the next round tries again. */
const quietly = <A>(world: World, run: () => Promise<A>, otherwise: A): Effect.Effect<A> =>
  Effect.catchCause(Effect.promise(run), (cause) =>
    Effect.sync(() => {
      world.tell({ name: "failed", executionId: null, error: Cause.squash(cause) })
      return otherwise
    }),
  )
