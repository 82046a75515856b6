// The database's time as this process knows it: the last answer, carried on by a monotonic clock.
// Owns: the estimate. Does not own: asking (each append's answer tells the time).
// It may lag by a round trip and never runs ahead of the database or behind an earlier answer of its own.

import { msOfTime, timeFromMs } from "@counterfoil/contracts"
import type { Clock } from "@counterfoil/contracts/ports"
import type { Time } from "@counterfoil/contracts"

/** A clock that is told the database's time now and then. */
export interface DatabaseClock extends Clock {
  /** The database said this time at most a moment ago. */
  observe(time: Time): void
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
    observe: (seen) => {
      base = msOfTime(seen) - monotonicMs()
    },
  }
}
