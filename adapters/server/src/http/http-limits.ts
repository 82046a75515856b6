// The bounds of the HTTP door: those of every door, and those of sockets and streams. Each has its reason beside it.
// Owns: the numbers. Does not own: what happens when one is reached (the file that keeps it).

import { doorLimits, type DoorLimits } from "../entrance/door-limits.ts"

/** What one server allows. Times in milliseconds. */
export interface HttpLimits extends DoorLimits {
  /** Time to receive a whole request: what a slow sender may hold a socket for. */
  readonly requestMs: number
  /** Silence on a socket between requests before it is closed. */
  readonly idleMs: number
  /** Open sockets; more than the streams and calls together, so that health stays reachable. */
  readonly connectionsMax: number
  readonly streamsMax: number
  readonly streamsPerPrincipalMax: number
}

/** The limits of a server that was told nothing else. */
export const httpLimits: HttpLimits = {
  ...doorLimits,
  requestMs: 10_000,
  idleMs: 60_000,
  connectionsMax: 2_000,
  streamsMax: 512,
  streamsPerPrincipalMax: 16,
}
