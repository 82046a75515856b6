// Stopping a process by signals: the first signal starts an orderly stop, the second one ends the process.
// Does not own: the orderly stop (the drain).
// An immediate end is safe at any point: acknowledged work is durable, and another worker finds the lapsed lease (INV-14).

/**
 * Settles at the first SIGINT, SIGTERM or SIGHUP (its terminal was closed); from then on another signal ends the process at once.
 * Output may have lost its reader by then, and a failed write must not end the process.
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
