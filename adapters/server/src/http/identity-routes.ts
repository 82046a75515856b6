// Identity over HTTP: serves each operation of the table at its path.
// Owns: the conversion of a request to an operation, and of its answer to a response. Does not own: the operations, nor who may call them (auth).

import type { FastifyInstance } from "fastify"
import { jsonSchemaOf, type Json } from "@counterfoil/contracts"
import { httpOperation, pathFields } from "@counterfoil/contracts/http"
import { type IdentityOperation, type IdentityWorld, identityOperations } from "@counterfoil/gate"
import type { Logger } from "../operate/telemetry/logger.ts"
import { inputOf, type InputPlaces } from "../entrance/call-input.ts"
import { partsOf, sessionOf } from "./request.ts"
import { answeredProblem, serveRoutes, type ServedRoute } from "./serve-routes.ts"

/** Serves the operations on identity. Each answer is checked against the operation's output schema before it is sent. */
export function serveIdentity(
  app: FastifyInstance,
  world: IdentityWorld & { readonly logger: Logger },
): void {
  serveRoutes(
    app,
    Object.fromEntries(identityOperations.map((operation) => [operation.name, routeOf(world, operation)])),
  )
}

function routeOf(
  world: IdentityWorld & { readonly logger: Logger },
  operation: IdentityOperation,
): ServedRoute {
  const places: InputPlaces = {
    name: operation.name,
    method: operation.method,
    inputSchema: jsonSchemaOf(operation.input, "input"),
    inPath: pathFields(operation.path),
    keyed: false,
  }
  return {
    operation: httpOperation(operation.method, operation.path, operation.output),
    answer: async (request) => {
      const input = inputOf(places, partsOf(request))
      const session = sessionOf(request)
      const answer = input.ok ? await operation.call(world, session, input.value) : input
      // These operations make secrets, so no trace records them. The log records who did what, and never the token.
      if (answer.ok && operation.method === "POST") {
        const { tenant, principal } = session.caller
        world.logger.info("identity changed", {
          operation: operation.name,
          tenant,
          by: principal,
          session: session.caller.session,
          traceId: request.id,
          about: idsIn(answer.value),
        })
      }
      if (!answer.ok && answer.error.code === "SIGN_IN_SPENT") {
        const { tenant, principal } = session.caller
        world.logger.warn("spent sign-in presented", {
          tenant,
          principal,
          session: session.caller.session,
          traceId: request.id,
        })
      }
      return answer.ok
        ? { status: 200, headers: {}, body: answer.value }
        : answeredProblem(answer.error.problem(request.id))
    },
  }
}

const ids: ReadonlySet<string> = new Set(["principal", "session", "keyId", "human", "revokedKeys"])

/** The ids in an answer, and nothing else of it. */
function idsIn(answer: Json): readonly string[] {
  const fields: readonly [string, Json][] = answer === null ? [] : Object.entries(answer)
  return fields.flatMap(([field, value]) =>
    ids.has(field) ? (Array.isArray(value) ? value : [value]).filter((id) => typeof id === "string") : [],
  )
}
