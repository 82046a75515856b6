// The patrol: once a minute, a process that works looks through one ended execution.
// Owns: the beat, and what a finding becomes. Does not own: looking (inspect-ended.ts).
// A look costs a few milliseconds of the thread for an ordinary execution; a store that is away costs the look.

import type { Metrics } from "../telemetry/metrics.ts"
import { describeError, type Logger } from "../telemetry/logger.ts"
import { inspectEnded, type Inspection, type PatrolWorld } from "./inspect-ended.ts"

/** How long between two looks. */
const everyMs = 60_000

/** Starts it; `close` waits for a look that is under way. */
export function startPatrol(
  world: PatrolWorld,
  metrics: Metrics,
  logger: Logger,
): { close(): Promise<void> } {
  let looking = Promise.resolve()
  const look = async (): Promise<void> => {
    try {
      const found = await inspectEnded(world)
      if (found !== null) report(found, metrics, logger)
    } catch (error) {
      logger.warn("patrol failed", describeError(error))
    }
  }
  const timer = setInterval(() => {
    looking = look()
  }, everyMs)
  timer.unref()
  return {
    close: async () => {
      clearInterval(timer)
      await looking
    },
  }
}

/** Counts and says what was found, when it is a fault. */
function report({ executionId, found }: Inspection, metrics: Metrics, logger: Logger): void {
  switch (found) {
    case "identical":
    case "unverifiable":
      return
    case "divergent":
      metrics.count("replay_divergences_total", {})
      logger.error("replay diverges", { executionId })
      return
    case "chain":
    case "projection":
      metrics.count("trace_failures_total", { what: found })
      logger.error("trace does not verify", { executionId, what: found })
      return
  }
}
