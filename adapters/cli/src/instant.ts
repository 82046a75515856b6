// Instants as people type them: a time, a day, or a duration from now.
// Does not own: durations (duration.ts), nor which instants exist (contracts).

import { instantMs, isDay, timeFromMs } from "@counterfoil/contracts"
import { durationMsOf } from "./duration.ts"

/** The instant of a text: RFC 3339, a day (its beginning in UTC), or a duration from `now` on; null for any other text. */
export function instantOf(typed: string, now: number): string | null {
  const ahead = durationMsOf(typed)
  if (ahead !== null) return timeFromMs(Math.round(now + ahead))
  const ms = instantMs(isDay(typed) ? `${typed}T00:00:00Z` : typed)
  return ms === null ? null : timeFromMs(ms)
}
