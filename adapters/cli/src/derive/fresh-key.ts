// A random idempotency key for a wish that got none.
// Owns: its form. Input is never hashed into a key: two equal wishes may both be meant.

import { randomUUID } from "node:crypto"

/** A key that nobody else has. */
export const freshKey = (): string => `cli-${randomUUID()}`
