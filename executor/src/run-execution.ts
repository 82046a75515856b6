// One execution while this worker holds its lease: rounds, calls and consumptions, until there is nothing to do but wait.
// Owns: the loop and what is under way. Does not own: a round (advance.ts), decisions (core), the lease (worker.ts).
// Keeps INV-01 (a call follows its committed start) and INV-03 (an answer that was not recorded is not assumed).

import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import { msOfTime, type Json, type StepId, type Time, type IdempotencyKey } from "@counterfoil/contracts"
import type { Claim } from "@counterfoil/contracts/ports"
import { advance, executorAttribution, type Answered } from "./advance.ts"
import { consumeApproved } from "./consume-approved.ts"
import {
  foldTrace,
  type Dispatch,
  type Execution,
  type SentAttempt,
  type StepContract,
} from "./core/index.ts"
import { journaledBy } from "./journaled.ts"
import { attempt, probe, type AttemptCall } from "./perform.ts"
import type { Settled } from "./settle.ts"
import type { World } from "./world.ts"

/** What reaches the loop: an answer, word that the trace moved without us, or that the worker stops. */
export type Arrival = Answered | { readonly kind: "moved" } | { readonly kind: "stop" }

/** One execution in hand. */
export interface InHand {
  readonly claim: Claim
  readonly arrivals: Queue.Queue<Arrival>
}

/** A state that need not be loaded, with the calls that its last append announced. */
export interface Given {
  readonly execution: Execution
  readonly settled: Settled
}

/**
 * Advances an execution until only people or time can; answers the state it was left in, or null when the lease turned
 * out to be lost, and nothing was written since.
 */
export const runExecution = (
  world: World,
  inHand: InHand,
  given: Given | null,
): Effect.Effect<Execution | null> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { claim, arrivals } = inHand
      const calls = yield* caller(world, inHand)
      let execution = given?.execution ?? (yield* load(world, claim))
      let settled = given?.settled ?? null
      let answers: readonly Answered[] = []
      let stopping = false
      while (execution !== null) {
        const begunMs = performance.now()
        if (settled === null) {
          const current: Execution = execution
          const round = yield* Effect.promise(() =>
            advance(world, claim, current, { answers, busy: calls.busy, dispatches: !stopping }),
          )
          if (round.kind === "stale") {
            execution = yield* reload(world, claim, execution)
            continue
          }
          ;({ execution, settled, later: answers } = round)
        }
        for (const work of settled.starts) yield* calls.start(execution, work, begunMs)
        for (const sent of settled.probes) yield* calls.probe(execution, sent, begunMs)
        const { consumptions, wakeAt } = settled
        settled = null
        const moved: boolean = yield* consumeAll(world, inHand, calls, execution, consumptions)
        if (moved) {
          execution = yield* load(world, claim)
          continue
        }
        if (
          calls.busy.size === 0 &&
          // An answer may have come while the last append was under way: it is written before anybody leaves.
          (yield* Queue.size(arrivals)) === 0 &&
          (stopping || (answers.length === 0 && !isDue(world, wakeAt)))
        )
          return execution
        const arrived: readonly Arrival[] = yield* nextArrivals(
          arrivals,
          waitMs(world, answers.length > 0 ? null : wakeAt),
        )
        answers = [...answers, ...arrived.filter(isAnswer)]
        stopping ||= arrived.some((one) => one.kind === "stop")
        if (arrived.some((one) => one.kind === "moved")) execution = yield* load(world, claim)
      }
      return null
    }),
  )

// How long to wait at most before looking again, when no time is known: deferred answers and lost hints are found by then.
const lookAgainMs = 1_000

// Shorter than anybody notices, long enough not to load the row's lock while two clocks differ.
const staleAgainMs = 50

const isAnswer = (arrival: Arrival): arrival is Answered =>
  arrival.kind === "answer" || arrival.kind === "probed"

const isDue = (world: World, at: Time | null): boolean => at !== null && at <= world.clock.now()

const waitMs = (world: World, until: Time | null): number =>
  until === null
    ? lookAgainMs
    : Math.min(lookAgainMs, Math.max(1, msOfTime(until) - msOfTime(world.clock.now())))

const load = (world: World, claim: Claim): Effect.Effect<Execution | null> =>
  Effect.promise(async () => {
    const entries = await world.store.trace(claim.tenant, claim.executionId)
    const last = entries.at(-1)
    // An entry under a higher fence means that somebody else holds the lease now.
    return last === undefined || last.head.fence > claim.fence ? null : foldTrace(entries)
  })

const reload = (world: World, claim: Claim, before: Execution): Effect.Effect<Execution | null> =>
  Effect.map(load(world, claim), (after) => {
    // A stale append without a moved head is a raised fence.
    const lost = after === null || after.head.seq === before.head.seq
    world.tell({ name: lost ? "lost" : "reloaded", executionId: claim.executionId })
    return lost ? null : after
  })

/** Everything that has arrived, waiting for the first of it no longer than `ms`. */
const nextArrivals = (arrivals: Queue.Queue<Arrival>, ms: number): Effect.Effect<readonly Arrival[]> =>
  Effect.map(Effect.timeoutOption(Queue.takeAll(arrivals), ms), (arrived) =>
    Option.getOrElse(arrived, () => []),
  )

const consumeAll = (
  world: World,
  { claim }: InHand,
  calls: Caller,
  given: Execution,
  consumptions: readonly Dispatch[],
): Effect.Effect<boolean> =>
  Effect.gen(function* () {
    let execution = given
    for (const work of consumptions) {
      const { ref } = work.contract.pin
      if (!world.permits.take(claim.tenant, ref, world.inFlightMax(ref))) continue
      const begunMs = performance.now()
      const before = execution
      const consumed = yield* Effect.promise(() =>
        consumeApproved(world, claim, before, work, executorAttribution(before)).catch((error: unknown) => {
          world.permits.give(claim.tenant, ref)
          throw error
        }),
      )
      if (consumed.kind === "started") yield* calls.start(consumed.execution, consumed.dispatch, begunMs)
      else world.permits.give(claim.tenant, ref)
      if (consumed.kind === "stale") {
        // What is due by our clock may not be by the database's: a pause instead of asking again at once.
        yield* Effect.sleep(staleAgainMs)
        return true
      }
      execution = consumed.execution
    }
    return execution !== given
  })

interface Caller {
  readonly busy: ReadonlySet<string>
  start(execution: Execution, work: Dispatch, begunMs: number): Effect.Effect<void>
  probe(execution: Execution, sent: SentAttempt, begunMs: number): Effect.Effect<void>
}

const caller = (world: World, { claim, arrivals }: InHand) =>
  Effect.gen(function* () {
    const fibers = yield* FiberSet.make<void>()
    const busy = new Set<string>()
    const fork = (stepId: StepId, effect: Effect.Effect<Arrival>) => {
      busy.add(stepId)
      const run = Effect.flatMap(effect, (arrival) =>
        Effect.sync(() => {
          busy.delete(stepId)
          Queue.offerUnsafe(arrivals, arrival)
        }),
      )
      return Effect.asVoid(FiberSet.run(fibers, run))
    }
    const described = (execution: Execution, sent: Sent, begunMs: number): AttemptCall | null => {
      const handler = world.handlers.get(sent.contract.pin.ref)
      if (handler === undefined) return null
      return {
        proof: journaledBy(sent),
        handler,
        contract: sent.contract,
        tenant: claim.tenant,
        executionId: claim.executionId,
        stepId: sent.stepId,
        attempt: sent.attempt,
        input: sent.input,
        idempotencyKey: sent.idempotencyKey,
        requester: execution.intent.principal,
        startedAt: sent.startedAt,
        begunMs,
      }
    }
    const made: Caller = {
      busy,
      start: (execution, work, begunMs) => {
        const { stepId, generation } = work.question
        const call = described(execution, { ...work, stepId, startedAt: execution.updatedAt }, begunMs)
        const done = Effect.sync(() => world.permits.give(claim.tenant, work.contract.pin.ref))
        const effect =
          call === null ? Effect.succeed({ kind: "notSent", reason: "no handler" } as const) : attempt(call)
        return fork(
          stepId,
          Effect.ensuring(
            Effect.map(effect, (answer): Arrival => {
              world.tell({
                name: "attempt",
                executionId: claim.executionId,
                contract: work.contract.pin.ref,
                effect: work.contract.effect,
                outcome: answer.kind,
                ms: performance.now() - begunMs,
              })
              return { kind: "answer", stepId, generation, attempt: work.attempt, answer }
            }),
            done,
          ),
        )
      },
      probe: (execution, sent, begunMs) => {
        const call = described(execution, sent, begunMs)
        const generation = execution.steps.find((step) => step.stepId === sent.stepId)?.generation ?? 0
        const effect =
          call === null ? Effect.succeed({ kind: "cannotTell", reason: "no handler" } as const) : probe(call)
        return fork(
          sent.stepId,
          Effect.map(effect, (answer): Arrival => ({
            kind: "probed",
            stepId: sent.stepId,
            generation,
            attempt: sent.attempt,
            answer,
          })),
        )
      },
    }
    return made
  })

interface Sent {
  readonly stepId: StepId
  readonly contract: StepContract
  readonly attempt: number
  readonly input: Json
  readonly idempotencyKey: IdempotencyKey
  readonly startedAt: Time
}
