// What reaches one execution in hand: a box that many put into and one loop empties.
// Owns: waiting for the first of it, and no longer than asked. Does not own: what arrivals mean (run-execution.ts).
// A plain promise and a timer: every step waits here once, and a fiber for each wait was a tenth of the whole path.

import { after } from "./after.ts"

/** A box of arrivals, in the order in which they came. One reader at a time. */
export class Arrivals<A> {
  #waiting: A[] = []
  #wake: (() => void) | null = null

  /** Puts one in; whoever waits goes on. */
  offer(arrival: A): void {
    this.#waiting.push(arrival)
    this.#wake?.()
  }

  /** True when `takeAll` would not wait. */
  hasAny(): boolean {
    return this.#waiting.length > 0
  }

  /** Lets the reader go on with nothing: its execution is no longer ours. */
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
