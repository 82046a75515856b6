// What our routes read of a Fastify request.
// Owns: the session that the door put on it, its headers as single texts, its parts. Does not own: who put the session there (door.ts).

import type { FastifyRequest } from "fastify"
import { invariant, type Json } from "@counterfoil/contracts"
import type { Session } from "@counterfoil/gate"
import type { RequestParts } from "../entrance/call-input.ts"

const sessions = new WeakMap<FastifyRequest, Session>()

/** Remembers whose request it is. Called once, by the door. */
export const putSession = (request: FastifyRequest, session: Session): void => {
  sessions.set(request, session)
}

/** Whose request it is. Only for routes behind the door, where there always is somebody. */
export function sessionOf(request: FastifyRequest): Session {
  const session = sessions.get(request)
  invariant(session !== undefined, "INV-04", { session: null })
  return session
}

/** A header as one text; a header that came several times is joined, as it would be by a proxy. */
export function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(", ") : value
}

/** The parts of a request that an input is made of. The body passed the strict parser, or there was none. */
export function partsOf(request: FastifyRequest): RequestParts {
  const path =
    typeof request.params === "object" && request.params !== null ? Object.entries(request.params) : []
  return {
    path: Object.fromEntries(path.map(([name, value]) => [name, String(value)])),
    query: queryOf(request.raw.url ?? ""),
    // Straight after the strict parser, the only one there is (body-parser.ts).
    body: request.body as Json | undefined,
    idempotencyKey: headerOf(request, "idempotency-key"),
  }
}

/** The text behind the first question mark of an address. */
export const queryOf = (url: string): string => {
  const mark = url.indexOf("?")
  return mark < 0 ? "" : url.slice(mark + 1)
}
