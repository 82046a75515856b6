// The door of HTTP: nothing behind it runs before the entrance has answered.
// Owns: which routes it stands before, and where a session is kept. Does not own: what is asked (door/entrance.ts).
// Keeps INV-04: every route is behind the door but those that say `open`, and an unreachable directory refuses.

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import type { Refusal } from "@counterfoil/contracts"
import { httpPrefix } from "@counterfoil/contracts/http"
import { signInPath } from "@counterfoil/gate"
import { openEntrance, type EntranceWorld } from "../entrance/entrance.ts"
import { answerProblem, securityHeaders } from "./problem-answer.ts"
import { headerOf, putSession } from "./request.ts"

declare module "fastify" {
  interface FastifyContextConfig {
    /** Reached without a token: health alone. */
    open?: boolean
    /** Admitted by a count of its own (streams), not as a call. */
    stays?: boolean
  }
}

/** The route that takes a one-time sign-in in place of a token, and nothing else. */
const signInRoute = `${httpPrefix}${signInPath}`

/** Puts the door in front of every route that is registered after it. */
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
