// Waiting for an end: the record is read again until it is final or the time is over.
// Owns: the wait, by poll or by stream; both read the same record. Does not own: the record's meaning (contracts).
// A lost connection, a restart of the control plane or a missed event changes only how long it takes.

import {
  answerOf,
  executionGet,
  ExecutionView,
  isFinalAnswer,
  parseWith,
  type Answer,
  type ExecutionId,
  type Json,
} from "@counterfoil/contracts"
import { setTimeout as pauseFor } from "node:timers/promises"
import { ask, type AskResult } from "./ask.ts"
import { waitMsMax } from "./submission.ts"
import type { Transport } from "./transport.ts"
import { Unreachable } from "./unreachable.ts"

/** How to wait. `poll` lets the server hold each answer; `stream` reads when an event says that something was written. */
export interface Waiting {
  readonly timeoutMs: number
  readonly by: "poll" | "stream"
}

/** How much longer than the requested wait an answer may take before it counts as lost. */
export const answerWithinMs = 10_000
/** Longest time without a read when the stream brings no event. */
const lookEveryMs = 5_000
/** Least pause between two polls that the server did not hold. */
const pollMsMin = 250
/** Shortest time for one read, also when less is left of the wait. */
const lookMsMin = 1_000

/** The answer at the end of a wait. Throws `Unreachable` when no read succeeded in all that time. */
export function waitFor(transport: Transport, executionId: ExecutionId, waiting: Waiting): Promise<Answer> {
  const until = performance.now() + waiting.timeoutMs
  return waiting.by === "stream"
    ? byStream(transport, executionId, until)
    : byPoll(transport, executionId, until)
}

/** Why a read gave no answer. */
export type Unread = Exclude<AskResult, { readonly kind: "answer" }>

/** One read of the record, repeated for at most `patienceMs`. */
export async function readAnswer(
  transport: Transport,
  executionId: ExecutionId,
  waitSeconds: number,
  patienceMs: number,
): Promise<Answer | Unread> {
  const asked = await ask(
    transport,
    {
      contract: executionGet,
      input: { executionId },
      waitSeconds,
      traceparent: null,
      timeoutMs: Math.max(lookMsMin, Math.min(patienceMs, waitSeconds * 1_000 + answerWithinMs)),
    },
    patienceMs,
  )
  if (asked.kind === "answer") return recordAnswer(asked.body)
  // A problem that asks for a later retry does not end the wait.
  return asked.kind === "problem" && asked.problem.actor !== "retry"
    ? { kind: "refused", problem: asked.problem }
    : asked
}

/** The error for a record that could not be read. */
export function unread(executionId: ExecutionId, { problem, ...read }: Unread): Unreachable {
  return new Unreachable({ key: null, executionId, problem, cause: "cause" in read ? read.cause : null })
}

function byPoll(transport: Transport, executionId: ExecutionId, until: number): Promise<Answer> {
  return untilEnd(
    until,
    (leftMs) => readAnswer(transport, executionId, Math.floor(Math.min(leftMs, waitMsMax) / 1_000), leftMs),
    async (leftMs, tookMs) => {
      // The server held its answer already, unless it is about to stop.
      if (tookMs < pollMsMin) await pauseFor(Math.min(leftMs, pollMsMin))
    },
    executionId,
  )
}

async function byStream(transport: Transport, executionId: ExecutionId, until: number): Promise<Answer> {
  const stop = new AbortController()
  const hints = hintsOf(transport, executionId, stop.signal)
  try {
    return await untilEnd(
      until,
      (leftMs) => readAnswer(transport, executionId, 0, Math.min(leftMs, lookEveryMs)),
      (leftMs) => hints.next(Math.min(leftMs, lookEveryMs)),
      executionId,
    )
  } finally {
    stop.abort()
  }
}

/** Reads until there is an end or the time is over; then the last record is the answer. */
async function untilEnd(
  until: number,
  look: (leftMs: number) => Promise<Answer | Unread>,
  pause: (leftMs: number, tookMs: number) => Promise<void>,
  executionId: ExecutionId,
): Promise<Answer> {
  const leftMs = () => Math.max(0, until - performance.now())
  let known: Answer | null = null
  for (;;) {
    const begun = performance.now()
    const read = await look(leftMs())
    const failed = read.kind === "lost" || read.kind === "problem"
    if (!failed && isFinalAnswer(read.kind)) return read
    known = failed ? known : read
    if (leftMs() > 0) await pause(leftMs(), performance.now() - begun)
    else if (known !== null) return known
    else if (failed) throw unread(executionId, read)
  }
}

/** Hints, to be waited for with a limit; those that came meanwhile count as one. */
function hintsOf(transport: Transport, executionId: ExecutionId, signal: AbortSignal) {
  let heard = Promise.withResolvers<void>()
  void (async () => {
    for await (const _ of transport.hints(executionId, signal)) heard.resolve()
  })()
  return {
    next: async (withinMs: number) => {
      const late = new AbortController()
      const pause = pauseFor(withinMs, undefined, { signal: late.signal }).catch(() => undefined)
      await Promise.race([heard.promise, pause])
      late.abort()
      heard = Promise.withResolvers<void>()
    },
  }
}

/** Why a record cannot be read: the control plane has a different version. */
export const unreadable = new TypeError(
  "the control plane's record is not of the form that this version reads",
)

/** The answer in a body, or that it cannot be read. */
function recordAnswer(body: Json): Answer | Unread {
  const view = parseWith(ExecutionView, body)
  return view.ok ? answerOf(view.value) : { kind: "lost", problem: null, cause: unreadable }
}
