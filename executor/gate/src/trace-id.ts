// The id by which a request is found in the log.
// Owns: which trace contexts are valid, and where the id comes from.

import { Traceparent } from "@counterfoil/contracts"
import { hex } from "@counterfoil/contracts/digest"
import type { Random } from "@counterfoil/contracts/ports"

const traceIdBytes = 16

/** A new one. */
export const newTraceId = (random: Random): string => hex(random.bytes(traceIdBytes))

/** The caller's trace id when it sent a valid one, so that both sides look for the same text; else a new one. */
export const traceIdOf = (traceparent: string | undefined, random: Random): string =>
  traceparentOf(traceparent)?.split("-")[1] ?? newTraceId(random)

/** A trace context that is not valid is dropped, as W3C Trace Context §3.2 asks: zero ids and version ff are not valid. */
export function traceparentOf(header: string | undefined): string | null {
  const parsed = Traceparent.safeParse(header)
  return parsed.success && !/^ff|-0{32}-|-0{16}-/.test(parsed.data) ? parsed.data : null
}
