// What goes back over NATS: a body and headers, the same body as over HTTP.
// Owns: the headers of answers and of errors (ADR-32: code and sentence; here status and code). Does not own: what is answered.
// Keeps INV-13: only problems of the table and answers of contracts are bodies.

import { headers, type MsgHdrs } from "@nats-io/transport-node"
import type { Json, Problem } from "@counterfoil/contracts"
import { natsHeaders } from "@counterfoil/contracts/nats"
import { retryAfterOf } from "../entrance/retry-after.ts"

/** A reply. `problem` is null for an answer; a negative answer is an answer. */
export interface NatsReply {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
  readonly problem: Problem | null
}

/** The reply that an answer is. `waited` is the number of seconds that were granted, when some were asked for. */
export const answerReply = (body: Json, waited: number | null): NatsReply => ({
  body: JSON.stringify(body),
  headers: {
    [natsHeaders.contentType]: "application/json",
    ...(waited === null ? {} : { [natsHeaders.preferenceApplied]: `wait=${waited}` }),
  },
  problem: null,
})

/** The reply that a problem is. */
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

/** Headers as the client sends them. */
export function messageHeaders(fields: Readonly<Record<string, string>>): MsgHdrs {
  const all = headers()
  for (const [name, value] of Object.entries(fields)) all.set(name, value)
  return all
}
