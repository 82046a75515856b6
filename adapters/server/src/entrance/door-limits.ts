// The limits of every channel that takes calls. Each is a named constant with its reason; we chose all of them.
// Owns: the limits that HTTP and NATS share. Does not own: those of one transport alone, nor what happens at a limit (entrance.ts).

import { jsonLimits } from "@counterfoil/contracts"

/** What one channel allows. Times are in milliseconds, sizes in bytes. */
export interface DoorLimits {
  /** One body; the strict parser has the same bound. */
  readonly bodyBytesMax: number
  /** All headers together. */
  readonly headerBytesMax: number
  /** Time to answer: the longest wait that a caller may ask for, plus the time within which an uncertain commit is found out. */
  readonly answerMs: number
  /** Calls being answered at once: what the database's connections can serve within `answerMs`. */
  readonly callsMax: number
  /** Calls of one principal being answered at once, so that one caller cannot use the whole channel. */
  readonly callsPerPrincipalMax: number
  /** Requests of one principal in a minute. */
  readonly requestsPerMinute: number
  /** Refused tokens from one place in a minute. A guess has one chance in 2^256; this limit bounds the load. */
  readonly refusedTokensPerMinute: number
}

/** The longest that `Prefer: wait` may ask for, in seconds. */
export const waitSecondsMax = 25

/** The default limits of a channel. */
export const doorLimits: DoorLimits = {
  bodyBytesMax: jsonLimits.bytesMax,
  headerBytesMax: 16 * 1024,
  answerMs: 35_000,
  callsMax: 256,
  callsPerPrincipalMax: 64,
  requestsPerMinute: 6_000,
  refusedTokensPerMinute: 60,
}
