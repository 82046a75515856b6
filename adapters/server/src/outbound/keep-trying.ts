// Runs an attempt until it succeeds, with a pause after each failure: the one retry of this process's loops.
// Owns: the pauses, and that an interruption ends a pause and never an attempt. Does not own: what an attempt does.

import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"

/** Pauses that double, from the first to the longest. */
export const doublingPauses = (firstMs: number, longestMs: number): Schedule.Schedule<unknown> =>
  Schedule.min([Schedule.exponential(firstMs), Schedule.spaced(longestMs)])

/** Pauses of one length. */
export const evenPauses = (ms: number): Schedule.Schedule<unknown> => Schedule.spaced(ms)

/** An attempt that is repeated after each failure. */
interface Trying<A> {
  readonly attempt: () => Promise<A>
  /** Called with each failure, before the pause. */
  readonly failed: (error: unknown) => void
  readonly pauses: Schedule.Schedule<unknown>
}

/** The result of the first attempt that succeeds. An interruption waits for an attempt that is under way, and ends a pause at once. */
export const keepTrying = <A>({ attempt, failed, pauses }: Trying<A>): Effect.Effect<A> =>
  Effect.uninterruptible(Effect.tryPromise({ try: attempt, catch: (error) => error })).pipe(
    Effect.tapError((error) => Effect.sync(() => failed(error))),
    Effect.retry(pauses),
    // The pauses have no end, so no failure is left.
    Effect.orDie,
  )
