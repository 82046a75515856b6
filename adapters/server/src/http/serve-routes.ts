// Registers ts-rest routes with Fastify. No other file uses both.
// Does not own: the routes, nor their handlers.
// Errors thrown here reach the server's error handler, which turns them into problems (start-http.ts).

import { initServer, type AppRouteImplementation } from "@ts-rest/fastify"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { errors, type ErrorCode, type Problem } from "@counterfoil/contracts"
import type { HttpOperation } from "@counterfoil/contracts/http"
import { headersOf } from "./problem-answer.ts"

/** A status with its headers and body; ts-rest checks the body against the operation's schema for that status. */
export interface RouteAnswer {
  readonly status: 200 | 202 | (typeof errors)[ErrorCode]["status"]
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** An operation and its handler. */
export interface ServedRoute {
  readonly operation: HttpOperation
  readonly answer: (request: FastifyRequest) => Promise<RouteAnswer>
}

/** The response for a problem. */
export const answeredProblem = (problem: Problem, retryAfterSeconds?: number): RouteAnswer => ({
  status: errors[problem.code].status,
  headers: headersOf(problem, retryAfterSeconds),
  body: problem,
})

/** Serves routes by name. */
export function serveRoutes(app: FastifyInstance, routes: Readonly<Record<string, ServedRoute>>): void {
  const server = initServer()
  const contract: Record<string, HttpOperation> = {}
  const implementations: Record<string, AppRouteImplementation<HttpOperation>> = {}
  for (const [name, { operation, answer }] of Object.entries(routes)) {
    contract[name] = operation
    implementations[name] = async ({ request, reply }) => {
      const { status, headers, body } = await answer(request)
      reply.headers(headers)
      return { status, body }
    }
  }
  app.register(server.plugin(server.router(contract, implementations)), {
    responseValidation: true,
    logInitialization: false,
    jsonQuery: false,
  })
}
