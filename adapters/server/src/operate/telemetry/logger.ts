// The log: pino JSON lines for operators. The trace is the record; this is not.
// Owns: the messages there are, and what of an error may be said. Does not own: where the lines go.
// Keeps INV-13: messages come from a closed list, fields are ids, codes and numbers, and of an error only its name and frames.

import { escapeJson } from "@counterfoil/contracts"
import { pino, type DestinationStream } from "pino"

/** Everything that a log line can say. */
export type LogMessage =
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
  | "submission put aside"
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
    // A field may repeat text from outside, such as the message of a fault. Escaped, it cannot act on a terminal.
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

/** Frames that a line carries at most: enough to find the place. */
const framesMax = 8

/** What may be said of an unexpected error: its class and where it was thrown, never its message, which may quote a value. */
export function describeError(error: unknown): LogFields {
  if (!(error instanceof Error)) return { errorName: typeof error, frames: [] }
  const frames = (error.stack ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line.startsWith("at "))
    .slice(0, framesMax)
  return { errorName: error.name, frames }
}
