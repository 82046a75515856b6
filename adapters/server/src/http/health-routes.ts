// Health over HTTP: `/livez`, `/readyz`, and `/readyz?verbose` for administrators.
// Does not own: the probes and their results (health.ts).
// The two short ones need no token, so they answer only yes or no.

import type { FastifyInstance } from "fastify"
import { refuse, type Refusal } from "@counterfoil/contracts"
import type { Clock, Directory } from "@counterfoil/contracts/ports"
import { authenticate } from "../entrance/authenticate.ts"
import { administrates, missingGrant } from "@counterfoil/gate"
import type { ComponentHealth, Health } from "./health.ts"
import { answerProblem } from "./problem-answer.ts"
import { headerOf, queryOf } from "./request.ts"

/** What the health routes need. */
interface HealthRoutes {
  readonly health: Health
  readonly directory: Directory
  readonly clock: Clock
}

const retrySeconds = 5

/** Serves health. */
export function serveHealth(app: FastifyInstance, { health, directory, clock }: HealthRoutes): void {
  app.get("/livez", { config: { open: true } }, async (request, reply) =>
    health.alive()
      ? reply.send({ status: "ok" })
      : answerProblem(reply, refuse("OVERLOADED", { seconds: retrySeconds }).problem(request.id)),
  )

  app.get("/readyz", { config: { open: true } }, async (request, reply) => {
    if (new URLSearchParams(queryOf(request.url)).has("verbose")) {
      const session = await authenticate(
        {
          authorization: headerOf(request, "authorization"),
          traceparent: undefined,
          channel: "http",
          now: clock.now(),
        },
        directory,
      )
      const refusal = session.ok
        ? administrates(session.value.caller)
          ? null
          : missingGrant(session.value.caller)
        : session.error
      if (refusal !== null) return answerProblem(reply, refusal.problem(request.id))
      return reply.send({ components: await health.components() })
    }
    const refusal = unready(await health.components())
    return refusal === null ? reply.send({ status: "ok" }) : answerProblem(reply, refusal.problem(request.id))
  })
}

/** Why this process takes no work, or null when every required component is ok. */
function unready(components: readonly ComponentHealth[]): Refusal | null {
  const missing = components.filter(({ required, status }) => required && status !== "ok")
  if (missing.length === 0) return null
  return missing.some(({ component }) => component === "store")
    ? refuse("STORE_UNAVAILABLE", {})
    : refuse("OVERLOADED", { seconds: retrySeconds })
}
