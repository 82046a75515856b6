// The contracts over HTTP: each ts-rest route of the registry puts the request together and asks the gate.
// Owns: the way from a request to a call and back. Does not own: routes (contracts/http), parsing and authority (the gate).
// Keeps INV-12: principal, tenant and channel are the session's; the body is the contract's input and nothing else.

import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Registry } from "@counterfoil/contracts"
import { httpCalls, type HttpCall } from "@counterfoil/contracts/http"
import type { CallAnswer, Gate } from "@counterfoil/gate"
import { answerInTime } from "../entrance/answer-in-time.ts"
import { waitSecondsOf } from "../entrance/call-headers.ts"
import { inputOf, type InputPlaces } from "../entrance/call-input.ts"
import { headerOf, partsOf, sessionOf } from "./request.ts"
import { answeredProblem, serveRoutes, type Answered, type ServedRoute } from "./serve-routes.ts"

/** What the routes of contracts need. */
export interface ContractRoutes {
  readonly gate: Gate
  readonly registry: Registry
  /** After this long without an answer of the gate the caller is told OUTCOME_UNKNOWN. */
  readonly answerMs: number
  /** Aborted when the server closes, so that nobody waits on. */
  readonly closing: AbortSignal
}

/** Serves every contract that has a place in HTTP. Answers are checked by the contract's output on their way out. */
export function serveContracts(app: FastifyInstance, routes: ContractRoutes): void {
  serveRoutes(
    app,
    Object.fromEntries(httpCalls(routes.registry).map((call) => [call.contract.ref, routeOf(routes, call)])),
  )
}

function routeOf(routes: ContractRoutes, { contract, operation, inPath, keyed }: HttpCall): ServedRoute {
  const places: InputPlaces = {
    name: contract.ref,
    method: operation.method,
    inputSchema: contract.inputSchema,
    inPath,
    keyed,
  }
  return {
    operation,
    answer: async (request) => {
      const input = inputOf(places, partsOf(request))
      if (!input.ok) return answeredProblem(input.error.problem(request.id))
      const waitSeconds = waitSecondsOf(headerOf(request, "prefer"))
      const answer = await withDeadline(routes, request, (signal) =>
        routes.gate.call({
          traceId: request.id,
          caller: sessionOf(request).caller,
          contract: contract.ref,
          input: input.value,
          waitMs: (waitSeconds ?? 0) * 1000,
          signal,
        }),
      )
      return answered(answer, waitSeconds === null ? {} : { "preference-applied": `wait=${waitSeconds}` })
    },
  }
}

function answered(answer: CallAnswer, headers: Readonly<Record<string, string>>): Answered {
  return answer.kind === "answer"
    ? { status: answer.final ? 200 : 202, headers, body: answer.body }
    : answeredProblem(answer.problem, answer.retryAfterSeconds)
}

/** Ends the wait when the caller hangs up, too. */
async function withDeadline(
  routes: ContractRoutes,
  request: FastifyRequest,
  call: (signal: AbortSignal) => Promise<CallAnswer>,
): Promise<CallAnswer> {
  const gone = new AbortController()
  const leave = () => {
    gone.abort()
  }
  const { socket } = request.raw
  socket.once("close", leave)
  try {
    const ends = AbortSignal.any([gone.signal, routes.closing])
    return await answerInTime({ answerMs: routes.answerMs, ends, traceId: request.id }, call)
  } finally {
    socket.off("close", leave)
  }
}
