// The arrivals for one execution in hand: a queue with many writers, which one loop empties.
// Owns: waiting for the first arrival, and no longer than asked. Does not own: what arrivals mean (run-execution.ts).
// A plain promise and a timer: every step waits here once, and a fiber for each wait was a tenth of the whole path.

import { after } from "./after.ts"

/** A queue of arrivals, in the order in which they came. One reader at a time. */
export class Arrivals<A> {
  #waiting: A[] = []
  #wake: (() => void) | null = null

  /** Puts one in and wakes the reader. */
  offer(arrival: A): void {
    this.#waiting.push(arrival)
    this.#wake?.()
  }

  /** True when `takeAll` would not wait. */
  hasAny(): boolean {
    return this.#waiting.length > 0
  }

  /** Wakes the reader without an arrival: this worker no longer holds its execution. */
  release(): void {
    this.#wake?.()
  }

  /** Everything that has arrived, waiting for the first of it no longer than `ms`; empty when nothing came. */
  async takeAll(ms: number): Promise<readonly A[]> {
    if (this.#waiting.length === 0)
      await new Promise<void>((resolve) => {
        const cancel = after(ms, resolve)
        this.#wake = () => {
          cancel()
          resolve()
        }
      })
    this.#wake = null
    return this.#waiting.splice(0)
  }
}
