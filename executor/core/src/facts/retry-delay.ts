// How long to wait before the next attempt of a step.
// Owns: the back-off and its numbers. Does not own: whether there is a next attempt (outcome-facts.ts), chance (an argument).

/** Back-off of attempts; times in milliseconds. */
export interface RetryPolicy {
  readonly baseMs: number
  readonly capMs: number
  /** Longest wait that a provider's `Retry-After` can ask for. */
  readonly retryAfterMsMax: number
}

/** One second doubled with each attempt up to five minutes; a provider may ask for up to an hour. */
export const retryPolicy: RetryPolicy = { baseMs: 1_000, capMs: 300_000, retryAfterMsMax: 3_600_000 }

/**
 * Delay before the next attempt of a step. `attempt` is the one that failed, from 1; `unit` is an even draw from [0, 1).
 * The answer is in whole milliseconds, from 0 to `policy.capMs`.
 * Source: "full jitter", AWS Architecture Blog, Exponential Backoff and Jitter (2015).
 */
export function retryDelayMs(attempt: number, policy: RetryPolicy, unit: number): number {
  return Math.floor(unit * Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1)))
}
