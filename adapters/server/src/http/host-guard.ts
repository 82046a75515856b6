// The first check of a request: its Host header must name this server.
// Owns: the refusal of a request without a `Host`, or with a name that this server does not have. Does not own: the names (entrance/known-host.ts).
// Keeps INV-04: it runs before every route, including routes without a token and routes that do not exist.

import type { FastifyInstance } from "fastify"
import { refuse, type Refusal } from "@counterfoil/contracts"
import { isKnownHost } from "../entrance/known-host.ts"
import { answerProblem, securityHeaders } from "./problem-answer.ts"

/** Refuses requests that were sent to another name. `named` are the names that the operator configured, in lower case. */
export function guardHosts(app: FastifyInstance, named: readonly string[]): void {
  app.addHook("onRequest", async (request, reply) => {
    const { host } = request.headers
    const refusal =
      host === undefined || host === "" ? unnamed() : isKnownHost(host, named) ? null : foreign()
    if (refusal !== null)
      return answerProblem(
        reply.headers(securityHeaders).header("connection", "close"),
        refusal.problem(request.id),
      )
  })
}

// A request without Host is malformed (RFC 9112 §3.2), so it gets the same error as one that cannot be parsed.
const unnamed = (): Refusal =>
  refuse(
    "JSON_MALFORMED",
    { offset: 0 },
    {
      issues: [{ at: "", code: "host", message: "The request has no Host header." }],
      fix: "Send the header Host with the name or address of this server.",
    },
  )

const foreign = (): Refusal =>
  refuse(
    "ROUTE_NOT_FOUND",
    {},
    {
      issues: [{ at: "", code: "host", message: "This server does not have the name in the Host header." }],
      fix: "Use its address or its public URL, or have its operator add the name to COUNTERFOIL_HOSTS.",
    },
  )
