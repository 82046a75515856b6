// One execution while this worker holds its lease: rounds, calls and consumptions, until it can only wait.
// Owns: the loop. Does not own: a round (advance.ts), what is under way (calls.ts), decisions (core), the lease (worker.ts).
// Keeps INV-01 (a call follows its committed start) and INV-03 (an answer that was not recorded is not assumed).
// Plain promises inside of one effect: an interruption acts only through the signal.

import * as Effect from "effect/Effect"
import { msOfTime, type Time } from "@counterfoil/contracts"
import type { Claim } from "@counterfoil/contracts/ports"
import { advance, consumeApproved, giveBack, type Answered, type Given, type World } from "@counterfoil/round"
import type { Arrivals } from "./arrivals.ts"
import { makeCalls, type Calls } from "./calls.ts"
import { foldTrace, type Dispatch, type Execution } from "@counterfoil/core"

/** An arrival at the loop: an answer, a notice that another process extended the trace, or that the worker stops. */
export type Arrival =
  | Answered
  | { readonly kind: "moved" | "stop" }
  | { readonly kind: "broken"; readonly error: unknown }

/** One execution in hand. */
export interface InHand {
  readonly claim: Claim
  readonly arrivals: Arrivals<Arrival>
  /** Whether an execution is to be left to a process that has its contracts. */
  readonly lacks: (execution: Execution) => boolean
}

/**
 * Advances an execution until only people or time can. Returns its last state, or null when the lease was lost; then nothing was
 * written since. An interruption aborts all calls; an append under way may still commit.
 */
export const runExecution = (
  world: World,
  inHand: InHand,
  given: Given | null,
): Effect.Effect<Execution | null> =>
  Effect.promise(async (signal) => {
    const { claim, arrivals } = inHand
    const calls = makeCalls(world, claim, {
      answer: (answered) => arrivals.offer(answered),
      broken: (error) => arrivals.offer({ kind: "broken", error }),
    })
    const abandon = (): void => {
      calls.abandon()
      arrivals.release()
    }
    signal.addEventListener("abort", abandon)
    try {
      return await run({ world, inHand, calls, signal }, given)
    } finally {
      calls.abandon()
    }
  })

interface Running {
  readonly world: World
  readonly inHand: InHand
  readonly calls: Calls
  /** Aborted when this worker no longer holds the execution: nothing is written or called after that. */
  readonly signal: AbortSignal
}

async function run(running: Running, given: Given | null): Promise<Execution | null> {
  const { world, inHand, calls, signal } = running
  const { claim, arrivals } = inHand
  let execution = given?.execution ?? (await load(world, claim))
  if (execution !== null && given === null && inHand.lacks(execution)) return execution
  let settled = given?.settled ?? null
  let answers: readonly Answered[] = []
  let stopping = false
  while (execution !== null && !signal.aborted) {
    const begunMs = settled === null || given === null ? performance.now() : given.begunMs
    if (settled === null) {
      const round = await advance(world, claim, execution, {
        answers,
        busy: calls.busy,
        dispatches: !stopping,
      })
      if (round.kind === "stale") {
        execution = await reload(world, claim, execution)
        continue
      }
      ;({ execution, settled, later: answers } = round)
    }
    if (signal.aborted) {
      // Appended while the lease was being lost: these starts are not called.
      giveBack(settled.starts)
      return null
    }
    for (const start of settled.starts) calls.start(execution, start, begunMs)
    for (const sent of settled.probes) calls.probe(execution, sent, begunMs)
    const { consumptions, wakeAt } = settled
    settled = null
    if (consumptions.length > 0 && (await consumeAll(running, execution, consumptions))) {
      execution = await load(world, claim)
      continue
    }
    if (
      calls.busy.size === 0 &&
      // An answer may have come while the last append was under way: it is written before the loop ends.
      !arrivals.hasAny() &&
      (stopping || (answers.length === 0 && !isDue(world, wakeAt)))
    )
      return execution
    const arrived = await arrivals.takeAll(waitMs(world, answers.length > 0 ? null : wakeAt))
    for (const one of arrived) if (one.kind === "broken") throw one.error
    answers = [...answers, ...arrived.filter(isAnswer)]
    stopping ||= arrived.some((one) => one.kind === "stop")
    if (arrived.some((one) => one.kind === "moved")) execution = await load(world, claim)
  }
  return null
}

// Longest wait before looking again when no time is known: deferred answers and lost hints are found by then.
const lookAgainMs = 1_000

// Too short for a person to notice, long enough not to load the row's lock while two clocks differ.
const staleAgainMs = 50

const isAnswer = (arrival: Arrival): arrival is Answered =>
  arrival.kind === "answer" || arrival.kind === "probed"

const isDue = (world: World, at: Time | null): boolean => at !== null && at <= world.clock.now()

const waitMs = (world: World, until: Time | null): number =>
  until === null
    ? lookAgainMs
    : Math.min(lookAgainMs, Math.max(1, msOfTime(until) - msOfTime(world.clock.now())))

async function load(world: World, claim: Claim): Promise<Execution | null> {
  const entries = await world.store.trace(claim.tenant, claim.executionId)
  const last = entries.at(-1)
  // An entry under a higher fence means that another worker holds the lease now.
  return last === undefined || last.head.fence > claim.fence ? null : foldTrace(entries)
}

async function reload(world: World, claim: Claim, before: Execution): Promise<Execution | null> {
  const after = await load(world, claim)
  // A stale append without a moved head is a raised fence.
  const lost = after === null || after.head.seq === before.head.seq
  world.tell({ name: lost ? "lost" : "reloaded", executionId: claim.executionId })
  return lost ? null : after
}

/** Consumes approvals one after the other; true when the trace moved, so that the state has to be read again. */
async function consumeAll(
  { world, inHand: { claim }, calls, signal }: Running,
  given: Execution,
  consumptions: readonly Dispatch[],
): Promise<boolean> {
  let execution = given
  for (const work of consumptions) {
    if (signal.aborted) return true
    const begunMs = performance.now()
    const consumed = await consumeApproved(world, claim, execution, work)
    if (consumed.kind === "noPermit") continue
    if (consumed.kind === "stale") {
      // Work that is due by this process's clock may not be due by the database's: pause instead of asking again at once.
      await new Promise((resolve) => setTimeout(resolve, staleAgainMs))
      return true
    }
    if (consumed.kind === "started") {
      if (signal.aborted) giveBack([consumed.start])
      else calls.start(consumed.execution, consumed.start, begunMs)
    }
    execution = consumed.execution
  }
  return execution !== given
}
