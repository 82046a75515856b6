// A timer for any wait. Node's own timers wait 24 days at most, and fire at once when the wait is longer.
// Does not own: what the timer runs, nor any clock of decisions (ports).

/** The longest that `setTimeout` waits (Node.js, Timers: a delay larger than 2147483647 is set to 1). */
export const timerMsMax = 2 ** 31 - 1

/** Calls `run` after `ms` milliseconds, unless the returned function cancels it before. */
export function after(ms: number, run: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = (leftMs: number): void => {
    timer = setTimeout(
      () => {
        if (leftMs > timerMsMax) arm(leftMs - timerMsMax)
        else run()
      },
      Math.min(leftMs, timerMsMax),
    )
  }
  arm(ms)
  return () => {
    clearTimeout(timer)
  }
}
