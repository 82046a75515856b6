// Waits for the gate's answer no longer than a channel allows.
// Owns: the deadline and the error at the deadline. Does not own: the call. What the call has committed by then stays committed.

import { refuse } from "@counterfoil/contracts"
import type { CallAnswer } from "@counterfoil/gate"

/** How long to wait. `ends` is aborted when the caller no longer waits for the answer. */
interface AnswerTime {
  readonly answerMs: number
  readonly ends: AbortSignal
  readonly traceId: string
}

/** The answer of `call`, or OUTCOME_UNKNOWN at the deadline; the signal given to `call` is aborted then, so that the call stops waiting. */
export async function answerInTime(
  { answerMs, ends, traceId }: AnswerTime,
  call: (signal: AbortSignal) => Promise<CallAnswer>,
): Promise<CallAnswer> {
  const over = new AbortController()
  const lost = Promise.withResolvers<CallAnswer>()
  const timer = setTimeout(() => {
    over.abort()
    lost.resolve({ kind: "problem", problem: refuse("OUTCOME_UNKNOWN", {}).problem(traceId) })
  }, answerMs)
  try {
    return await Promise.race([call(AbortSignal.any([over.signal, ends])), lost.promise])
  } finally {
    clearTimeout(timer)
  }
}
