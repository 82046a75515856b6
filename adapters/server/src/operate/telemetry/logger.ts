// The log: pino JSON lines for operators. The record of what happened is the trace, not the log.
// Owns: the list of messages, and what may be logged of an error. Does not own: where the lines go.
// Keeps INV-13: messages come from a closed list, fields are ids, codes and numbers, and an error is logged by its name and frames only.

import { escapeJson } from "@counterfoil/contracts"
import { pino, type DestinationStream } from "pino"

/** Every message that a log line can have. */
type LogMessage =
  | "listening"
  | "closing"
  | "request failed"
  | "answer does not match its contract"
  | "identity changed"
  | "spent sign-in presented"
  | "stream ended"
  | "component changed"
  | "capability introduced"
  | "capability not introduced"
  | "contracts changed"
  | "contracts changed, and no trace says so"
  | "work failed"
  | "lock not free in time"
  | "handler failed"
  | "probe failed"
  | "contract missing here, passed on"
  | "relay took its turn"
  | "relay gave its turn back"
  | "relay fills the stream again"
  | "submission quarantined"
  | "submission postponed"
  | "bus failed"
  | "callback not delivered"
  | "callback given up"
  | "callbacks failed"
  | "patrol failed"
  | "trace does not verify"
  | "replay diverges"
  | "closed"

/** Ids, codes, counts and names from this code; never payloads. The only text from outside is the redacted message of a fault. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

/** Writes one line. */
export interface Logger {
  info(message: LogMessage, fields: LogFields): void
  warn(message: LogMessage, fields: LogFields): void
  error(message: LogMessage, fields: LogFields): void
}

/** A logger that writes to `destination` (standard error in production). */
export function openLogger(
  destination: DestinationStream,
  level: "info" | "warn" | "error" | "silent",
): Logger {
  const log = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    // A field may contain text from outside, such as the message of a fault. Escape it, so that it cannot control a terminal.
    { write: (line) => destination.write(escapeJson(line)) },
  )
  return {
    info: (message, fields) => {
      log.info(fields, message)
    },
    warn: (message, fields) => {
      log.warn(fields, message)
    },
    error: (message, fields) => {
      log.error(fields, message)
    },
  }
}

/** The most frames in one line: enough to find the place. */
const framesMax = 8

/** What may be logged of an unexpected error: its class and where it was thrown, never its message, which may quote a value. */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error, frames: [] }
  const frames = (error.stack ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .slice(0, framesMax)
  return { errorName: error.name, frames }
}
