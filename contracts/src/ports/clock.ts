// Time and chance as ports: the only ways in for both. Owns: the interfaces. Does not own: any clock or source of chance.
// Keeps INV-08: the trace records what they returned, as far as it mattered.

import type { Time } from "../primitives.ts"

/** The database's clock, as this process knows it. */
export interface Clock {
  /** The database's time: read at the last round trip and carried on by a monotonic clock. Never behind an earlier answer. */
  now(): Time
}

/** Chance. `bytes` are for ids, nonces and salts; `unit` is even in [0, 1). */
export interface Random {
  bytes(count: number): Uint8Array
  unit(): number
}
