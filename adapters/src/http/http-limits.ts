// The bounds of the HTTP door. Each is a named constant with its reason; all are ours unless a source stands beside them.
// Owns: the numbers. Does not own: what happens when one is reached (the file that keeps it).

import { jsonLimits } from "@counterfoil/contracts"

/** What one server allows. Times in milliseconds, sizes in bytes. */
export interface HttpLimits {
  /** One body; the strict parser has the same bound. */
  readonly bodyBytesMax: number
  /** All header lines and the request line; also bounds the query string. */
  readonly headerBytesMax: number
  /** Time to receive a whole request: what a slow sender may hold a socket for. */
  readonly requestMs: number
  /** Silence on a socket between requests before it is closed. */
  readonly idleMs: number
  /** Time to answer: the longest wait that a caller may ask for, and as long again as a commit may take to be found out. */
  readonly answerMs: number
  /** Open sockets; more than the streams and calls below, so that health stays reachable. */
  readonly connectionsMax: number
  /** Calls being answered at once: what the database's connections can serve within `answerMs`. */
  readonly callsMax: number
  /** Of one principal: one caller cannot take the whole door. */
  readonly callsPerPrincipalMax: number
  readonly streamsMax: number
  readonly streamsPerPrincipalMax: number
  /** Requests of one principal in a minute. */
  readonly requestsPerMinute: number
  /** Refused tokens from one address in a minute; a guess has one chance in 2^256, this bounds the load. */
  readonly refusedTokensPerMinute: number
}

/** The longest that `Prefer: wait` may ask for, in seconds (agents.md section 6). */
export const waitSecondsMax = 25

/** The limits of a server that was told nothing else. */
export const httpLimits: HttpLimits = {
  bodyBytesMax: jsonLimits.bytesMax,
  headerBytesMax: 16 * 1024,
  requestMs: 10_000,
  idleMs: 60_000,
  answerMs: 35_000,
  connectionsMax: 2_000,
  callsMax: 256,
  callsPerPrincipalMax: 64,
  streamsMax: 512,
  streamsPerPrincipalMax: 16,
  requestsPerMinute: 6_000,
  refusedTokensPerMinute: 60,
}
