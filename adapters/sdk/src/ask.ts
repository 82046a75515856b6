// Sends a request that is safe to repeat, until there is an answer or the time limit ends.
// Owns: when to repeat and how long to pause. Does not own: sending (transport.ts), nor what an answer means.
// Keeps INV-03: only reads and keyed requests come here, and a refusal after a lost reply says nothing about the lost request.

import { setTimeout as pauseFor } from "node:timers/promises"
import type { ErrorCode, Json, Problem } from "@counterfoil/contracts"
import type { Request, Transport } from "./transport.ts"

/** The result of a request. `lost`: the control plane may or may not have accepted it. */
export type AskResult =
  | { readonly kind: "answer"; readonly body: Json }
  | { readonly kind: "problem"; readonly problem: Problem }
  | { readonly kind: "lost"; readonly problem: Problem | null; readonly cause: unknown }

/** Pauses double from the first to the longest; chosen so that the end of a restart is noticed within a second. */
const pauseMsMin = 100
const pauseMsMax = 1_000

/** Sends a request that may be repeated, for at most `patienceMs` from the first. Never throws. */
export async function ask(transport: Transport, request: Request, patienceMs: number): Promise<AskResult> {
  const until = performance.now() + patienceMs
  let mayHaveArrived = false
  for (let attempt = 0; ; attempt += 1) {
    const reply = await transport.ask(request)
    if (reply.kind === "answer") return reply
    const problem = reply.kind === "problem" ? reply.problem : null
    if (problem !== null && problem.actor !== "retry")
      return mayHaveArrived && !provesNothingArrived.includes(problem.code)
        ? { kind: "lost", problem, cause: problem.detail }
        : { kind: "problem", problem }
    mayHaveArrived ||= reply.kind === "lost" ? reply.arrived : reply.problem.code === "OUTCOME_UNKNOWN"
    const pauseMs = pauseOf(attempt, reply.kind === "problem" ? reply.retryAfterMs : null)
    if (performance.now() + pauseMs > until)
      return problem === null || mayHaveArrived
        ? { kind: "lost", problem, cause: reply.kind === "lost" ? reply.cause : null }
        : { kind: "problem", problem }
    await pauseFor(pauseMs)
  }
}

/** Codes that are the same for every sending of one body under one key, so that no earlier sending was accepted. */
const provesNothingArrived: readonly ErrorCode[] = [
  "INPUT_INVALID",
  "JSON_MALFORMED",
  "JSON_FORBIDDEN",
  "INPUT_TOO_LARGE",
  "IDEMPOTENCY_CONFLICT",
]

/**
 * The pause that the server requests; otherwise a doubling pause, drawn evenly from its upper half.
 * Source: "equal jitter", AWS Architecture Blog, Exponential Backoff and Jitter (2015).
 */
function pauseOf(attempt: number, retryAfterMs: number | null): number {
  if (retryAfterMs !== null) return retryAfterMs
  const pauseMs = Math.min(pauseMsMax, pauseMsMin * 2 ** attempt)
  return pauseMs / 2 + (Math.random() * pauseMs) / 2
}
