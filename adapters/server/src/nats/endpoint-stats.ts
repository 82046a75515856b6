// Counts the requests of each endpoint since the start, for discovery.
// Owns: the counts. Does not own: their form on the wire (discovery.ts).

/** The counts of one endpoint; times are in nanoseconds, as ADR-32 requires. */
interface EndpointStats {
  readonly num_requests: number
  readonly num_errors: number
  /** Empty when no request failed. */
  readonly last_error: string
  readonly processing_time: number
  readonly average_processing_time: number
}

/** Counts by endpoint name. */
export interface StatsTable {
  /** `error` is the status and code of an error reply, or null. */
  add(endpoint: string, ms: number, error: string | null): void
  of(endpoint: string): EndpointStats
}

const nanosPerMs = 1_000_000

/** A table without counts. */
export function openStatsTable(): StatsTable {
  const counts = new Map<string, { requests: number; errors: number; lastError: string; nanos: number }>()
  const none = { requests: 0, errors: 0, lastError: "", nanos: 0 }
  return {
    add: (endpoint, ms, error) => {
      const before = counts.get(endpoint) ?? none
      counts.set(endpoint, {
        requests: before.requests + 1,
        errors: before.errors + (error === null ? 0 : 1),
        lastError: error ?? before.lastError,
        nanos: before.nanos + Math.round(ms * nanosPerMs),
      })
    },
    of: (endpoint) => {
      const { requests, errors, lastError, nanos } = counts.get(endpoint) ?? none
      return {
        num_requests: requests,
        num_errors: errors,
        last_error: lastError,
        processing_time: nanos,
        average_processing_time: requests === 0 ? 0 : Math.round(nanos / requests),
      }
    },
  }
}
