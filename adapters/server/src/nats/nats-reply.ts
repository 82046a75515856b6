// Replies over NATS: headers, and the same body as over HTTP.
// Owns: the headers of answers and of errors (ADR-32: code and sentence; here status and code). Does not own: the bodies.
// Keeps INV-13: only problems of the table and answers of contracts are bodies.

import { headers, type MsgHdrs } from "@nats-io/transport-node"
import type { Json, Problem } from "@counterfoil/contracts"
import { natsHeaders } from "@counterfoil/contracts/nats"
import { retryAfterOf } from "../entrance/retry-after.ts"

/** A reply. `problem` is null for an answer, also for a negative one. */
export interface NatsReply {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem | null
}

/** The reply for an answer. `waited` is the number of seconds that were granted, or null when the caller asked for none. */
export const answerReply = (body: Json, waited: number | null): NatsReply => ({
  body: JSON.stringify(body),
  headers: {
    [natsHeaders.contentType]: "application/json",
    ...(waited === null ? {} : { [natsHeaders.preferenceApplied]: `wait=${waited}` }),
  },
  problem: null,
})

/** The reply for a problem. */
export function problemReply(problem: Problem, retryAfterSeconds?: number): NatsReply {
  const after = retryAfterOf(problem, retryAfterSeconds)
  return {
    body: JSON.stringify(problem),
    headers: {
      [natsHeaders.contentType]: "application/problem+json",
      [natsHeaders.errorCode]: String(problem.status),
      [natsHeaders.error]: problem.code,
      ...(after === null ? {} : { [natsHeaders.retryAfter]: String(after) }),
    },
    problem,
  }
}

/** Headers in the form of the NATS client. */
export function messageHeaders(fields: Readonly<Record<string, string>>): MsgHdrs {
  const all = headers()
  for (const [name, value] of Object.entries(fields)) all.set(name, value)
  return all
}
