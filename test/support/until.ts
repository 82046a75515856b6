// Waiting for a condition with a deadline, and saying what was seen last when it does not come.
// Owns: the only waiting that tests across processes do. Does not own: what is waited for.

import { setTimeout as pauseFor } from "node:timers/promises"

const lookEveryMs = 25

/** The first answer of `look` that is not null. Throws after `withinMs`, with what it was waiting for. */
export async function until<T>(
  what: string,
  withinMs: number,
  look: () => Promise<T | null> | T | null,
): Promise<T> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== null) return found
    if (performance.now() > end) throw new Error(`in ${withinMs} ms there was no ${what}`)
    await pauseFor(lookEveryMs)
  }
}

/** Gives another hand a start of `ms`: for races, where no order is expected and none is asserted. */
export const headStart = (ms: number): Promise<void> => pauseFor(ms)
