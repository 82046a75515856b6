// The id by which a request is found in the log.
// Owns: where it comes from. Does not own: the trace context itself (auth).

import { hex } from "@counterfoil/contracts/digest"
import type { Random } from "@counterfoil/contracts/ports"
import { traceparentOf } from "../auth/authenticate.ts"

const traceIdBytes = 16

/** A new one. */
export const newTraceId = (random: Random): string => hex(random.bytes(traceIdBytes))

/** The caller's trace id when it sent a valid one, so that both sides look for the same text; else a new one. */
export const traceIdOf = (traceparent: string | undefined, random: Random): string =>
  traceparentOf(traceparent)?.split("-")[1] ?? newTraceId(random)
