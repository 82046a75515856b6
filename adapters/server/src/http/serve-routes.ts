// Registering ts-rest routes with Fastify: the only place that speaks both.
// Owns: the bridge. Does not own: any route, nor what answers it.
// Errors thrown below go to the handler of the server around it, which makes problems of them (start-http.ts).

import { initServer, type AppRouteImplementation } from "@ts-rest/fastify"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { errors, type ErrorCode, type Problem } from "@counterfoil/contracts"
import type { HttpOperation } from "@counterfoil/contracts/http"
import { headersOf } from "./problem-answer.ts"

/** A status with its headers and body; ts-rest checks the body by the operation's schema for that status. */
export interface Answered {
  readonly status: 200 | 202 | (typeof errors)[ErrorCode]["status"]
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** An operation and what answers it. */
export interface ServedRoute {
  readonly operation: HttpOperation
  readonly answer: (request: FastifyRequest) => Promise<Answered>
}

/** The answer that a problem is. */
export const answeredProblem = (problem: Problem, retryAfterSeconds?: number): Answered => ({
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
