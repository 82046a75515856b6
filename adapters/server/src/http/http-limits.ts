// The limits of HTTP: those of every channel, and those of sockets and streams. Each has its reason beside it.
// Does not own: what happens at a limit (the file that applies it).

import { doorLimits, type DoorLimits } from "../entrance/door-limits.ts"

/** What one server allows. Times are in milliseconds. */
export interface HttpLimits extends DoorLimits {
  /** Time to receive a whole request, which bounds how long a slow sender can hold a socket. */
  readonly requestMs: number
  /** How long a socket may be idle between requests before it is closed. */
  readonly idleMs: number
  /** Open sockets; more than the streams and calls together, so that health stays reachable. */
  readonly connectionsMax: number
  readonly streamsMax: number
  readonly streamsPerPrincipalMax: number
}

/** The default limits of a server. */
export const httpLimits: HttpLimits = {
  ...doorLimits,
  requestMs: 10_000,
  idleMs: 60_000,
  connectionsMax: 2_000,
  streamsMax: 512,
  streamsPerPrincipalMax: 16,
}
