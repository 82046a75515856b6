// A random idempotency key for a request without one.
// The input is never hashed into a key: two equal requests may both be intended.

import { randomUUID } from "node:crypto"

/** A new unique key. */
export const freshKey = (): string => `cli-${randomUUID()}`
