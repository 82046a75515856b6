// Shifting one hand against another by a drawn time, so that a race is run in many interleavings.
// Owns: the shift. It waits for nothing to happen: waiting is `until`, which has a condition and a deadline.

import { setTimeout as pauseFor } from "node:timers/promises"

/** Lets the other hand go ahead for `ms`, a number from the dice of the test. */
export const stagger = async (ms: number): Promise<void> => {
  await pauseFor(ms)
}
