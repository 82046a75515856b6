// The bounds of every door that calls come through. Each is a named constant with its reason; all are ours.
// Owns: the numbers that HTTP and NATS share. Does not own: those of one transport alone, nor what happens at one (entrance.ts).

import { jsonLimits } from "@counterfoil/contracts"

/** What one door allows. Times in milliseconds, sizes in bytes. */
export interface DoorLimits {
  /** One body; the strict parser has the same bound. */
  readonly bodyBytesMax: number
  /** All headers together. */
  readonly headerBytesMax: number
  /** Time to answer: the longest wait that a caller may ask for, and as long again as a commit may take to be found out. */
  readonly answerMs: number
  /** Calls being answered at once: what the database's connections can serve within `answerMs`. */
  readonly callsMax: number
  /** Of one principal: one caller cannot take the whole door. */
  readonly callsPerPrincipalMax: number
  /** Requests of one principal in a minute. */
  readonly requestsPerMinute: number
  /** Refused tokens from one place in a minute; a guess has one chance in 2^256, this bounds the load. */
  readonly refusedTokensPerMinute: number
}

/** The longest that `Prefer: wait` may ask for, in seconds. */
export const waitSecondsMax = 25

/** The limits of a door that was told nothing else. */
export const doorLimits: DoorLimits = {
  bodyBytesMax: jsonLimits.bytesMax,
  headerBytesMax: 16 * 1024,
  answerMs: 35_000,
  callsMax: 256,
  callsPerPrincipalMax: 64,
  requestsPerMinute: 6_000,
  refusedTokensPerMinute: 60,
}
