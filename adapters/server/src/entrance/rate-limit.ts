// A rate limit with fixed windows: one count per key, which restarts when its window ends.
// Written here because published packages use unbounded memory (rate-limiter-flexible 11 keeps every address until its window ends).
// Owns: the counts, in bounded memory. Does not own: what a key is, nor the refusal (entrance.ts).

/** Counts one more for a key. Returns null, or above the limit the whole seconds until the count restarts. */
export type RateLimit = (key: string) => number | null

/** The settings of a limit. `nowMs` need not be the time of day; `keysMax` bounds memory: the oldest key is dropped first. */
interface RateLimitSettings {
  readonly max: number
  readonly spanMs: number
  readonly keysMax: number
  readonly nowMs: () => number
}

/** A limit without counts. */
export function openRateLimit({ max, spanMs, keysMax, nowMs }: RateLimitSettings): RateLimit {
  const counts = new Map<string, { readonly endMs: number; count: number }>()
  return (key) => {
    const now = nowMs()
    const known = counts.get(key)
    if (known === undefined || known.endMs <= now) {
      // Add the key at the end, so that the first key is the one whose window began first.
      counts.delete(key)
      counts.set(key, { endMs: now + spanMs, count: 1 })
      const [oldest] = counts.keys()
      if (counts.size > keysMax && oldest !== undefined) counts.delete(oldest)
      return null
    }
    known.count += 1
    return known.count <= max ? null : Math.ceil((known.endMs - now) / 1_000)
  }
}
