// Contracts over HTTP: each ts-rest route of the registry builds the input from the request and calls the gate.
// Owns: the conversion of a request to a call, and of its answer to a response. Does not own: routes (contracts/http), parsing and
// authority (the gate).
// Keeps INV-12: principal, tenant and channel come from the session; the body is only the contract's input.

import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Registry } from "@counterfoil/contracts"
import { httpCalls, type HttpCall } from "@counterfoil/contracts/http"
import type { CallAnswer, Gate } from "@counterfoil/gate"
import { answerInTime } from "../entrance/answer-in-time.ts"
import { waitSecondsOf } from "../entrance/call-headers.ts"
import { inputOf, type InputPlaces } from "../entrance/call-input.ts"
import { headerOf, partsOf, sessionOf } from "./request.ts"
import { answeredProblem, serveRoutes, type RouteAnswer, type ServedRoute } from "./serve-routes.ts"

/** What the routes of contracts need. */
interface ContractRoutes {
  readonly gate: Gate
  readonly registry: Registry
  /** When the gate has not answered within this time, the caller gets OUTCOME_UNKNOWN. */
  readonly answerMs: number
  /** Aborted when the server closes, which ends every wait. */
  readonly closing: AbortSignal
}

/** Serves every contract that has an HTTP route. Each answer is checked against the contract's output schema before it is sent. */
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

function answered(answer: CallAnswer, headers: Readonly<Record<string, string>>): RouteAnswer {
  return answer.kind === "answer"
    ? { status: answer.final ? 200 : 202, headers, body: answer.body }
    : answeredProblem(answer.problem, answer.retryAfterSeconds)
}

/** Applies the deadline, and ends the wait also when the caller disconnects. */
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
