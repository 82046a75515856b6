// How a process is told to stop: the first signal asks, the second one ends it.
// Owns: both. Does not own: what stopping takes (the drain).
// Ending at once is safe at any point: what was acknowledged is durable, and a lapsed lease is found (INV-14).

/**
 * Settles at the first SIGINT, SIGTERM or SIGHUP (a terminal that was closed); from then on another one ends the process at once.
 * Nobody may read what is printed by then, which ends nothing.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    const hear = (exit: number) => (): void => {
      if (asked) process.exit(exit)
      asked = true
      resolve()
    }
    process.on("SIGINT", hear(130))
    process.on("SIGTERM", hear(143))
    process.on("SIGHUP", hear(129))
    for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined)
  })
}
