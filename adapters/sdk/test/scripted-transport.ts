// A transport with scripted replies, for tests of the code that handles them.
// Owns: the script and the record of requests. Does not own: any expectation.

import { problem, type Json, type ErrorCode, type Problem } from "@counterfoil/contracts"
import type { Reply, Request, Transport } from "../src/transport.ts"

/** The transport, with the requests that it received. */
export interface Scripted {
  readonly transport: Transport
  readonly asked: Request[]
}

/** A transport that gives these replies in turn, and the last one for ever. */
export function scriptedTransport(first: Reply, ...rest: readonly Reply[]): Scripted {
  const asked: Request[] = []
  const replies = [first, ...rest]
  const transport: Transport = {
    ask: (request) => {
      asked.push(request)
      return Promise.resolve(replies[Math.min(asked.length, replies.length) - 1] ?? first)
    },
    async *hints() {
      // A transport without events.
    },
    close: () => Promise.resolve(),
  }
  return { transport, asked }
}

/** A reply that was lost after the request may have arrived, or before. */
export const lost = (arrived: boolean): Reply => ({ kind: "lost", arrived, cause: new Error("cut") })

/** An answer. */
export const answered = (body: Json): Reply => ({ kind: "answer", body })

/** A refusal with a code that needs no details. */
export const refused = (said: Problem, retryAfterMs: number | null = null): Reply => ({
  kind: "problem",
  problem: said,
  retryAfterMs,
})

/** Problems as a control plane says them. */
export const problems = {
  overloaded: problem("OVERLOADED", { seconds: 1 }, { traceId: "0".repeat(32) }),
  unknown: problem("OUTCOME_UNKNOWN", {}, { traceId: "0".repeat(32) }),
  unauthenticated: problem("UNAUTHENTICATED", {}, { traceId: "0".repeat(32) }),
  conflict: problem("IDEMPOTENCY_CONFLICT", {}, { traceId: "0".repeat(32) }),
} as const satisfies { readonly [name: string]: Problem & { readonly code: ErrorCode } }
