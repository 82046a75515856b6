// Turns the events of a worker and its components into log lines and metrics.
// Owns: the line and the metric of each event. Does not own: when an event occurs.
// Keeps INV-13: names from closed lists and ids, never a payload; a handler's error is redacted.

import type { Fault } from "@counterfoil/contracts"
import type { WorkerEvent } from "@counterfoil/round"
import type { CallbackEvent } from "../outbound/start-callbacks.ts"
import type { RolloutEvent } from "@counterfoil/gate"
import type { RelayEvent } from "../outbound/relay.ts"
import type { SubmitEvent } from "../queue/submit-consumer.ts"
import type { ComponentHealth } from "../http/health.ts"
import { describeError, type LogFields, type Logger } from "../operate/telemetry/logger.ts"
import type { Metrics } from "../operate/telemetry/metrics.ts"

/** Logs and counts the changed status of a component. */
export function showComponent(
  { component, status }: ComponentHealth,
  logger: Logger,
  metrics: Metrics,
): void {
  logger.info("component changed", { component, status })
  for (const one of ["ok", "degraded", "failed"] as const)
    metrics.set("component_status", { component, status: one }, one === status ? 1 : 0)
}

/** Logs the result of a change of contracts. */
export function tellRollout(event: RolloutEvent, logger: Logger): void {
  if (event.name === "contractsChanged") logger.info("contracts changed", { from: event.from, to: event.to })
  else logger.warn("contracts changed, and no trace says so", { code: event.code })
}

/** Logs and counts what a worker did. */
export function tellEvent(event: WorkerEvent, logger: Logger, metrics: Metrics): void {
  switch (event.name) {
    case "failed":
      logger.error("work failed", {
        ...(event.executionId === null ? {} : { executionId: event.executionId }),
        ...describeError(event.error),
      })
      return
    case "passedOn":
      logger.warn("contract missing here, passed on", { executionId: event.executionId })
      return
    case "lost":
      metrics.count("leases_lapsed_total", {})
      return
    case "attempt":
      metrics.count("attempts_total", { effect: event.effect, outcome: event.outcome })
      metrics.observe(
        "step_duration_seconds",
        { effect: event.effect, outcome: event.outcome, contract: event.contract },
        event.ms / 1000,
      )
      if (event.fault !== undefined) logger.warn("handler failed", faultFields(event, event.fault))
      return
    case "probed":
      if (event.fault !== undefined) logger.warn("probe failed", faultFields(event, event.fault))
      return
    case "compiled":
      metrics.observe("plan_duration_seconds", {}, event.ms / 1000)
      return
    case "claimed":
    case "released":
    case "reloaded":
      return
  }
}

function faultFields(
  {
    executionId,
    stepId,
    contract,
  }: Pick<Extract<WorkerEvent, { name: "probed" }>, "executionId" | "stepId" | "contract">,
  { name, code, message }: Fault,
): LogFields {
  return {
    executionId,
    stepId,
    contract,
    errorName: name,
    ...(code === undefined ? {} : { errorCode: code }),
    errorMessage: message,
  }
}

/** Logs what a relay did. */
export function tellRelay(event: RelayEvent, logger: Logger): void {
  switch (event.name) {
    case "turn":
      logger.info(event.mine ? "relay took its turn" : "relay gave its turn back", {})
      return
    case "refill":
      logger.warn("relay fills the stream again", { fromLogIndex: event.fromLogIndex })
      return
    case "failed":
      logger.warn("bus failed", describeError(event.error))
      return
  }
}

/** Logs and counts the result of a submission. A quarantined one raises an alert. */
export function tellSubmission(event: SubmitEvent, logger: Logger, metrics: Metrics): void {
  switch (event.name) {
    case "quarantined":
      metrics.count("submissions_quarantined_total", { reason: event.reason })
      logger.error("submission quarantined", {
        reason: event.reason,
        code: event.code,
        messageId: event.messageId,
      })
      return
    case "dropped":
      // Only count it: a line for each would let a sender that sends too often fill the log.
      metrics.count("submissions_dropped_total", { reason: event.because }, event.count)
      return
    case "failed":
      logger.warn("bus failed", describeError(event.error))
      return
    case "postponed":
      logger.info("submission postponed", { code: event.code })
      return
    case "accepted":
      return
  }
}

/** Logs and counts the result of a callback. One that will not be sent again raises an alert. */
export function tellCallback(event: CallbackEvent, logger: Logger, metrics: Metrics): void {
  if (event.name === "failed") {
    logger.warn("callbacks failed", describeError(event.error))
    return
  }
  const { delivery } = event
  const { channel, callbackId, executionId, attempt, lastCode } = delivery
  const code = event.name === "givenUp" ? "givenUp" : event.code
  metrics.count("callback_deliveries_total", { channel, code })
  if (code === "delivered") return
  const fields = { callbackId, executionId, code, attempt, lastCode }
  if (code === "givenUp" || code === "gone") logger.error("callback given up", fields)
  else logger.info("callback not delivered", fields)
}
