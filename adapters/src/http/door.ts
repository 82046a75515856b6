// The door: who is it, not too often, not too many at once. Nothing behind it runs before all three are answered.
// Owns: their order and their refusals. Does not own: tokens (auth), what may be done inside (the gate).
// Keeps INV-04: every route is behind the door but those that say `open`, and an unreachable directory refuses.

import rateLimit from "@fastify/rate-limit"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { refuse, type Refusal } from "@counterfoil/contracts"
import type { Clock, Directory } from "@counterfoil/contracts/ports"
import { authenticate } from "../auth/authenticate.ts"
import { openAdmission } from "./admission.ts"
import type { HttpLimits } from "./http-limits.ts"
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

/** What the door asks. */
export interface Door {
  readonly directory: Directory
  readonly clock: Clock
  readonly limits: HttpLimits
  readonly closing: AbortSignal
}

/** Seconds after which a caller that found no room may try again. */
const roomAfterSeconds = 1
const minuteMs = 60_000

/** Puts the door in front of every route that is registered after it. */
export async function openDoor(
  app: FastifyInstance,
  { directory, clock, limits, closing }: Door,
): Promise<void> {
  await app.register(rateLimit, { global: false })
  const admission = openAdmission({ all: limits.callsMax, each: limits.callsPerPrincipalMax })
  const callers = new WeakMap<FastifyRequest, string>()
  const requests = app.createRateLimit({
    max: limits.requestsPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => callers.get(request) ?? "nobody",
  })
  const refusedTokens = app.createRateLimit({
    max: limits.refusedTokensPerMinute,
    timeWindow: minuteMs,
    keyGenerator: (request) => `address ${request.ip}`,
  })

  const enter = async (request: FastifyRequest, reply: FastifyReply): Promise<Refusal | null> => {
    if (closing.aborted) return refuse("OVERLOADED", { seconds: roomAfterSeconds })
    const session = await authenticate(
      {
        authorization: headerOf(request, "authorization"),
        traceparent: headerOf(request, "traceparent"),
        channel: "http",
        now: clock.now(),
      },
      directory,
    )
    if (!session.ok) {
      // Counts refused tokens alone: behind one address there may be many callers, and the others go on.
      const guesses = await refusedTokens(request)
      return !guesses.isAllowed && guesses.isExceeded
        ? refuse("RATE_LIMITED", { seconds: guesses.ttlInSeconds })
        : session.error
    }
    const { tenant, principal } = session.value.caller
    const who = `${tenant} ${principal}`
    callers.set(request, who)
    const rate = await requests(request)
    if (!rate.isAllowed && rate.isExceeded) return refuse("RATE_LIMITED", { seconds: rate.ttlInSeconds })
    putSession(request, session.value)
    if (request.routeOptions.config.stays === true) return null
    const leave = admission.enter(who)
    if (leave === null) return refuse("OVERLOADED", { seconds: roomAfterSeconds })
    reply.raw.once("close", leave)
    return null
  }

  app.addHook("onRequest", async (request, reply) => {
    reply.headers(securityHeaders)
    if (request.is404 || request.routeOptions.config.open === true) return
    const refusal = await enter(request, reply)
    if (refusal !== null) return answerProblem(reply, refusal.problem(request.id))
  })
}
