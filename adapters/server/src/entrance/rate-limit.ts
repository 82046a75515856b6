// How many in a span of time: a count for each key that starts anew when its span is over.
// Ours, because what is published counts in memory without an end (rate-limiter-flexible 11 keeps every address until its time is over).
// Owns: the counts, bounded in memory. Does not own: whose they are, nor what is done about too many (entrance.ts).

/** Counts one more for a key; answers null, or when it is one too many the whole seconds until its count starts anew. */
export type RateLimit = (key: string) => number | null

/** What a limit is made of. `nowMs` need not be the time of day; `keysMax` bounds memory, the oldest key is forgotten first. */
export interface RateLimitSettings {
  readonly max: number
  readonly spanMs: number
  readonly keysMax: number
  readonly nowMs: () => number
}

/** A limit with no counts yet. */
export function openRateLimit({ max, spanMs, keysMax, nowMs }: RateLimitSettings): RateLimit {
  const counts = new Map<string, { readonly endMs: number; count: number }>()
  return (key) => {
    const now = nowMs()
    const known = counts.get(key)
    if (known === undefined || known.endMs <= now) {
      // Put behind the others, so that the first key is the one whose span began first.
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
