// When a refused caller may try again.
// Owns: the seconds for each problem. Does not own: the header that carries them on a channel.

import type { Problem } from "@counterfoil/contracts"

/** Seconds to wait when the gate gave no number. */
const retrySeconds = 1

/** Seconds to wait before a retry, for a problem that a retry can solve; null for every other. `known` is the gate's own number. */
export function retryAfterOf({ status, details }: Problem, known?: number): number | null {
  if (status !== 429 && status !== 503 && status !== 504) return null
  const said = details["seconds"]
  return known ?? (typeof said === "number" ? said : retrySeconds)
}
