// The control plane over HTTP: requests on kept connections, hints from server-sent events.
// Owns: headers, time limits, what a broken connection means, resuming a stream by its last id. Does not own: repeating requests.
// Keeps INV-13: a token goes into a header of the one origin it is for; a redirect is refused.

import { parseWith, Problem, type ExecutionId, type Json } from "@counterfoil/contracts"
import { setTimeout as pauseFor } from "node:timers/promises"
import { httpRequest, keyHeader } from "./http/http-request.ts"
import { eventsOf } from "./http/server-sent-events.ts"
import type { Reply, Request, Transport } from "./transport.ts"

/** Pause before a stream that broke is opened again; the server asks for no less. */
const reopenMs = 1_000

/** A transport to an origin such as `https://control.acme.test`. */
export function openHttpTransport(url: URL, token: string): Transport {
  const origin = `${url.origin}${url.pathname.replace(/\/$/, "")}`
  const authorization = `Bearer ${token}`
  return {
    ask: async (request) => {
      const sent = requestTo(origin, authorization, request)
      try {
        return await replyOf(await fetch(...sent))
      } catch (cause) {
        return { kind: "lost", arrived: !neverArrived(cause), cause }
      }
    },
    hints: (executionId, signal) => followHints(origin, authorization, executionId, signal),
    close: () => Promise.resolve(),
  }
}

function requestTo(origin: string, authorization: string, request: Request): Parameters<typeof fetch> {
  const { contract, input, waitSeconds, traceparent, timeoutMs } = request
  if (contract.http === null) throw new TypeError(`${contract.ref} has no place in HTTP`)
  const keyed = "key" in input
  const { method, target, body, key } = httpRequest({ ...contract.http, keyed }, input)
  const headers = {
    accept: "application/json",
    authorization,
    ...(body === null ? {} : { "content-type": "application/json" }),
    ...(key === null ? {} : { "idempotency-key": keyHeader(key) }),
    ...(waitSeconds === 0 ? {} : { prefer: `wait=${waitSeconds}` }),
    ...(traceparent === null ? {} : { traceparent }),
  }
  const signal = AbortSignal.timeout(Math.ceil(timeoutMs))
  return [`${origin}${target}`, { method, headers, body, redirect: "error", signal }]
}

async function replyOf(response: Response): Promise<Reply> {
  const body = (await response.json()) as Json
  if (response.ok) return { kind: "answer", body }
  const problem = parseWith(Problem, body)
  if (!problem.ok)
    return {
      kind: "lost",
      arrived: true,
      cause: new Error(`${response.status}, and not from a control plane`),
    }
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN)
  return {
    kind: "problem",
    problem: problem.value,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1_000 : null,
  }
}

/** True when no server was listening: the request cannot have had an effect. */
function neverArrived(cause: unknown): boolean {
  const inner = cause instanceof Error ? cause.cause : null
  const code = inner instanceof Error && "code" in inner ? inner.code : null
  return code === "ECONNREFUSED" || code === "ENOTFOUND" || code === "EAI_AGAIN"
}

/** The stream of one execution, opened again from its last id for as long as a caller waits. */
async function* followHints(
  origin: string,
  authorization: string,
  executionId: ExecutionId,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  let position = "0"
  while (!signal.aborted) {
    try {
      const response = await fetch(`${origin}/v1/executions/${executionId}/stream`, {
        headers: { accept: "text/event-stream", authorization, "last-event-id": position },
        redirect: "error",
        signal,
      })
      // A caller that may not follow may still poll.
      if (response.status >= 400 && response.status < 500) return await response.body?.cancel()
      if (response.ok && response.body !== null)
        for await (const event of eventsOf(response.body)) {
          if (event.kind === "end") return
          if (event.id !== "") position = event.id
          yield
        }
    } catch {
      // A broken stream loses nothing: it goes on after its last id, and the waiting reads the record anyway.
    }
    await pauseFor(reopenMs, undefined, { signal }).catch(() => undefined)
  }
}
