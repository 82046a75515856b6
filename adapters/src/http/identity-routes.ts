// Identity over HTTP: each row of the table of operations at its path.
// Owns: the way from a request to an operation and back. Does not own: the operations, and who may call them (auth).

import type { FastifyInstance } from "fastify"
import { jsonSchemaOf } from "@counterfoil/contracts"
import { httpOperation, pathFields } from "@counterfoil/contracts/http"
import type { IdentityOperation, IdentityWorld } from "../auth/identity-operation.ts"
import { identityOperations } from "../auth/identity-operations.ts"
import { inputOf, type InputPlaces } from "./call-input.ts"
import { partsOf, sessionOf } from "./request.ts"
import { answeredProblem, serveRoutes, type ServedRoute } from "./serve-routes.ts"

/** Serves the operations on identity. Answers are checked by the operation's output on their way out. */
export function serveIdentity(app: FastifyInstance, world: IdentityWorld): void {
  serveRoutes(app, Object.fromEntries(identityOperations.map((operation) => [operation.name, routeOf(world, operation)])))
}

function routeOf(world: IdentityWorld, operation: IdentityOperation): ServedRoute {
  const places: InputPlaces = {
    name: operation.name, method: operation.method, inputSchema: jsonSchemaOf(operation.input, "input"), inPath: pathFields(operation.path), keyed: false,
  }
  return {
    operation: httpOperation(operation.method, operation.path, operation.output),
    answer: async (request) => {
      const input = inputOf(places, partsOf(request))
      const answer = input.ok ? await operation.call(world, sessionOf(request), input.value) : input
      return answer.ok ? { status: 200, headers: {}, body: answer.value } : answeredProblem(answer.error.problem(request.id))
    },
  }
}
