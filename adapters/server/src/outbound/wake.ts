// Waiting for something to happen, or for a time: the pause in a loop that others can end.
// Owns: one waiting loop's pause. Does not own: what the loop does when it wakes.

/** A pause that anybody can end. A wake-up while nobody waits is kept for the next pause. */
export interface Wake {
  readonly wake: () => void
  /** Answers when woken, or after `ms` milliseconds. */
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
