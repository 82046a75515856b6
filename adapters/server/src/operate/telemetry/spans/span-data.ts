// A span as data, and its place in an OpenTelemetry trace.
// Owns: the shape, and the derivation of ids. Does not own: which spans there are (spans-of-entries.ts).
// An id is derived, not random: another process can name the same parent days later without communication.

import { createHash } from "node:crypto"
import type { ExecutionId } from "@counterfoil/contracts"

/** A finished span. Times are milliseconds since 1970. */
export interface SpanData {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly startMs: number
  readonly endMs: number
  /** A hold, a denial and a rejection are answers, not errors. */
  readonly isError: boolean
  readonly attributes: Readonly<Record<string, string>>
  readonly events: readonly { readonly name: string; readonly atMs: number }[]
}

/** The OpenTelemetry trace that an execution belongs to, and the span of its requester. */
export interface TraceContext {
  readonly traceId: string
  readonly parentSpanId: string | null
  readonly isSampled: boolean
}

/** A span's id: 16 hex digits derived from what the span is about. */
export const spanIdOf = (...about: readonly string[]): string => hashOf(about).slice(0, 16)

/** The context of an execution: that of the request that submitted it, or one derived from its id. */
export function contextOf(executionId: ExecutionId, traceparent: string | null): TraceContext {
  const [, traceId, parentSpanId, flags] = traceparent?.split("-") ?? []
  if (traceId === undefined || parentSpanId === undefined || flags === undefined)
    return { traceId: hashOf(["trace", executionId]).slice(0, 32), parentSpanId: null, isSampled: true }
  return { traceId, parentSpanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}

const hashOf = (parts: readonly string[]): string =>
  createHash("sha256").update(parts.join("\n")).digest("hex")
