// A pause in a loop, which ends after a time or when it is woken.
// Does not own: what the loop does when it wakes.

/** A pause that other code can end. A wake-up outside of a pause ends the next one at once. */
export interface Wake {
  readonly wake: () => void
  /** Settles when woken, or after `ms` milliseconds. */
  pause(ms: number): Promise<void>
}

/** A pause for one loop. */
export function openWake(): Wake {
  let woken = false
  let end: (() => void) | null = null
  return {
    wake: () => {
      woken = true
      end?.()
    },
    pause: (ms) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer)
          end = null
          woken = false
          resolve()
        }
        const timer = setTimeout(done, woken ? 0 : ms)
        end = done
      }),
  }
}
