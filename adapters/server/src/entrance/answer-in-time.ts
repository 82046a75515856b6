// An answer of the gate within the time that a door allows.
// Owns: the deadline and what is said at it. Does not own: the call. What was committed by then stays committed.

import { refuse } from "@counterfoil/contracts"
import type { CallAnswer } from "@counterfoil/gate"

/** How long, and until what else. `ends` is aborted when nobody waits for the answer any more. */
export interface AnswerTime {
  readonly answerMs: number
  readonly ends: AbortSignal
  readonly traceId: string
}

/** The answer of `call`, or OUTCOME_UNKNOWN once the time is over; `call` is told by its signal, and it stops waiting. */
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
