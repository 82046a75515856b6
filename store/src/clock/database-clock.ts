// This process's estimate of the database's time: the last answer, continued by a monotonic clock.
// Owns: the estimate. Does not own: asking (each append's answer contains the time).
// It may lag by its best round trip and never runs ahead of the database or behind an earlier estimate. A slow answer says
// little: the process may have been suspended meanwhile, and must not lag by that time.

import { msOfTime, timeFromMs, type Time } from "@counterfoil/contracts"
import type { Clock } from "@counterfoil/contracts/ports"

/** A clock that is adjusted by the database's time now and then. */
export interface DatabaseClock extends Clock {
  /** The monotonic clock it runs on, in milliseconds. */
  elapsedMs(): number
  /** The database returned this time at some moment since the request, which was sent at `askedMs` of the monotonic clock. */
  observe(time: Time, askedMs: number): void
}

/** A clock that starts at `time`; `monotonicMs` never goes back. */
export function createDatabaseClock(
  time: Time,
  monotonicMs: () => number = () => performance.now(),
): DatabaseClock {
  let base = msOfTime(time) - monotonicMs()
  let latest = msOfTime(time)
  return {
    now: () => {
      latest = Math.max(latest, Math.floor(base + monotonicMs()))
      return timeFromMs(latest)
    },
    elapsedMs: monotonicMs,
    observe: (seen, askedMs) => {
      const atLeast = msOfTime(seen) - monotonicMs()
      const atMost = msOfTime(seen) - askedMs
      base = Math.min(Math.max(base, atLeast), atMost)
    },
  }
}
