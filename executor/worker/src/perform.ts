// Calling a handler or a probe within its deadline.
// Owns: the deadline on a monotonic clock, the abort. Does not own: what an answer means, nor the handlers.
// Keeps INV-01 (a call carries the proof of its journaled start) and INV-03 (a call that ran out of time may have happened).

import type {
  ExecutionId,
  Json,
  StepId,
  TenantId,
  Time,
  IdempotencyKey,
  PrincipalId,
} from "@counterfoil/contracts"
import type { AttemptAnswer, Handler, HandlerCall, ProbeAnswer } from "@counterfoil/contracts/ports"
import { after } from "./after.ts"
import type { StepContract } from "@counterfoil/core"
import { callHandler, callProbe, type Journaled } from "./journaled.ts"

/** One journaled attempt: the handler's arguments. `begunMs` is the monotonic time before the commit. */
export interface AttemptCall {
  readonly proof: Journaled
  /** Values of secrets that no text about the call may quote (INV-13). */
  readonly secrets: readonly string[]
  readonly handler: Handler
  readonly contract: StepContract
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly stepId: StepId
  readonly attempt: number
  readonly input: Json
  readonly idempotencyKey: IdempotencyKey
  readonly requester: PrincipalId
  readonly startedAt: Time
  readonly begunMs: number
}

/** A call under way. `abandon` aborts it; its answer then never comes, and no code waits for it. */
export interface UnderWay<A> {
  readonly answer: Promise<A>
  abandon(): void
}

/** Calls the handler, if less than half of the deadline has passed since before the commit; never rejects. */
export function attempt(call: AttemptCall): UnderWay<AttemptAnswer> {
  const passedMs = performance.now() - call.begunMs
  // Whole milliseconds: the clock counts fractions, and libraries refuse them as a time limit.
  const leftMs = Math.max(1, Math.floor(call.contract.deadlineMs - passedMs))
  if (passedMs >= call.contract.deadlineMs / 2)
    return answered({ kind: "notSent", reason: "the commit took too long" })
  return within<AttemptAnswer>(
    leftMs,
    (signal) => callHandler({ ...call, call: callOf(call, leftMs, signal) }, call.handler),
    { kind: "timedOut" },
  )
}

/** Asks the handler's probe; it gets the attempt's own deadline once more. Never rejects. */
export const probe = (call: AttemptCall): UnderWay<ProbeAnswer> =>
  within(
    call.contract.deadlineMs,
    (signal) => callProbe({ ...call, call: callOf(call, call.contract.deadlineMs, signal) }, call.handler),
    { kind: "cannotTell", reason: "deadline" },
  )

/** An answer that needs no call. */
export const answered = <A>(answer: A): UnderWay<A> => ({
  answer: Promise.resolve(answer),
  abandon: () => {},
})

function within<A>(ms: number, run: (signal: AbortSignal) => Promise<A>, timedOut: A): UnderWay<A> {
  const abort = new AbortController()
  const { promise, resolve, reject } = Promise.withResolvers<A>()
  const cancel = after(ms, () => {
    abort.abort()
    resolve(timedOut)
  })
  run(abort.signal).then(
    (answer) => {
      cancel()
      resolve(answer)
    },
    // Only a call without its proof rejects: that is a bug (INV-01), and not an answer of the handler.
    (error: unknown) => {
      cancel()
      reject(error)
    },
  )
  return {
    answer: promise,
    abandon: () => {
      cancel()
      abort.abort()
    },
  }
}

function callOf(call: AttemptCall, deadlineMs: number, signal: AbortSignal): HandlerCall {
  const { input, idempotencyKey, attempt: number, tenant, executionId, stepId, requester, startedAt } = call
  return {
    input,
    idempotencyKey,
    attempt: number,
    tenant,
    executionId,
    stepId,
    requester,
    startedAt,
    deadlineMs,
    signal,
  }
}
