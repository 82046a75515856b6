// The entrance of HTTP: no route runs before the entrance has admitted its request.
// Owns: which routes are exempt, and where the session is kept. Does not own: the checks (entrance/entrance.ts).
// Keeps INV-04: every route needs a token unless it is marked `open`, and while the directory is unreachable every request is refused.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { Refusal } from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"
import { signInPath } from "@counterfoil/gate"
import { openEntrance, type EntranceWorld } from "../entrance/entrance.ts"
import { answerProblem, securityHeaders } from "./problem-answer.ts"
import { headerOf, putSession } from "./request.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** Reached without a token: only health. */
    open?: boolean
    /** A stream, which has a limit of its own and is not counted as a call. */
    stays?: boolean
  }
}

/** The one route that takes a one-time sign-in, and refuses a token. */
const signInRoute = `${httpPrefix}${signInPath}`

/** Adds the checks to every route that is registered after it. */
export function openDoor(app: FastifyInstance, world: EntranceWorld): void {
  const entrance = openEntrance(world)

  const enter = async (request: FastifyRequest, reply: FastifyReply): Promise<Refusal | null> => {
    const presented = {
      authorization: headerOf(request, "authorization"),
      traceparent: headerOf(request, "traceparent"),
      channel: "http",
    } as const
    const session =
      request.routeOptions.url === signInRoute
        ? await entrance.identifySignIn(presented, request.ip)
        : await entrance.identify(presented, request.ip)
    if (!session.ok) return session.error
    putSession(request, session.value)
    if (request.routeOptions.config.stays === true) return null
    const room = entrance.admit(session.value.caller)
    if (!room.ok) return room.error
    reply.raw.once("close", room.value)
    return null
  }

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders)
    if (request.is404 || request.routeOptions.config.open === true) return
    const refusal = await enter(request, reply)
    if (refusal !== null) return answerProblem(reply, refusal.problem(request.id))
  })
}
