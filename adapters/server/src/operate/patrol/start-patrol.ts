// The patrol: once a minute, a worker process checks one ended execution.
// Owns: the interval, and reporting a fault. Does not own: the check (inspect-ended.ts).
// A check takes a few milliseconds of the thread for an ordinary execution; while the store is unreachable, checks are skipped.

import type { Metrics } from "../telemetry/metrics.ts"
import { describeError, type Logger } from "../telemetry/logger.ts"
import { inspectEnded, type Inspection, type PatrolWorld } from "./inspect-ended.ts"

/** The time between two checks. */
const everyMs = 60_000

/** Starts it; `close` waits for a check that is under way. */
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

/** Counts and logs a fault. */
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
