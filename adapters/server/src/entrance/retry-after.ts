// When a refused caller may come again.
// Owns: the seconds that go with a problem. Does not own: the header that carries them on a channel.

import type { Problem } from "@counterfoil/contracts"

/** Seconds that a caller is told to stay away when nobody knows better. */
const retrySeconds = 1

/** Seconds for a problem that is worth a retry; null for every other. `known` is what the gate said. */
export function retryAfterOf({ status, details }: Problem, known?: number): number | null {
  if (status !== 429 && status !== 503 && status !== 504) return null
  const said = details["seconds"]
  return known ?? (typeof said === "number" ? said : retrySeconds)
}
