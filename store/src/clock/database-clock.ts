// The database's time as this process knows it: the last answer, carried on by a monotonic clock.
// Owns: the estimate. Does not own: asking (each append's answer tells the time).
// It may lag by its best round trip and never runs ahead of the database or behind an earlier answer of its own. An
// answer that was long on its way says little: the process may have stood still meanwhile, and must not lag by that.

import { msOfTime, timeFromMs, type Time } from "@counterfoil/contracts"
import type { Clock } from "@counterfoil/contracts/ports"

/** A clock that is told the database's time now and then. */
export interface DatabaseClock extends Clock {
  /** The monotonic clock it runs on, in milliseconds. */
  elapsedMs(): number
  /** The database said this time at some moment since it was asked, at `askedMs` of the monotonic clock. */
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
