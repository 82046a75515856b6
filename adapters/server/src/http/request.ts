// What the routes read of a Fastify request.
// Owns: access to its session, its headers as single texts, its parts. Does not own: the checks that set the session (door.ts).

import type { FastifyRequest } from "fastify"
import { invariant, type Json } from "@counterfoil/contracts"
import type { Session } from "@counterfoil/gate"
import type { RequestParts } from "../entrance/call-input.ts"

const sessions = new WeakMap<FastifyRequest, Session>()

/** Stores the session of a request. Called once, in door.ts. */
export const putSession = (request: FastifyRequest, session: Session): void => {
  sessions.set(request, session)
}

/** The session of a request. Only for routes that need a token, whose requests always have one. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request)
  invariant(session !== undefined, "INV-04", { session: null })
  return session
}

/** A header as one text; the values of a repeated header are joined, as a proxy would join them. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(", ") : value
}

/** The parts of a request that an input is made of. The body passed the strict parser, or the request had none. */
export function partsOf(request: FastifyRequest): RequestParts {
  const path =
    typeof request.params === "object" && request.params !== null ? Object.entries(request.params) : []
  return {
    path: Object.fromEntries(path.map(([name, value]) => [name, String(value)])),
    query: queryOf(request.raw.url ?? ""),
    // The body comes straight from the strict parser; there is no other (start-http.ts).
    body: request.body as Json | undefined,
    idempotencyKey: headerOf(request, "idempotency-key"),
  }
}

/** The text after the first question mark of an address. */
export const queryOf = (url: string): string => {
  const mark = url.indexOf("?")
  return mark < 0 ? "" : url.slice(mark + 1)
}
