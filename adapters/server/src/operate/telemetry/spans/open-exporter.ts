// Exports spans to an OpenTelemetry collector, by OTLP over HTTP.
// Owns: converting spans to the SDK's form, batching, shutdown. Does not own: which spans there are.
// This module is loaded only where an endpoint is set, so that a start without one does not load the SDK.

import { SpanKind, SpanStatusCode, TraceFlags, type HrTime } from "@opentelemetry/api"
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http"
import { resourceFromAttributes } from "@opentelemetry/resources"
import { BatchSpanProcessor, type ReadableSpan } from "@opentelemetry/sdk-trace"
import type { SpanData } from "./span-data.ts"

/** Exports finished spans. `close` sends the waiting ones, for at most a few seconds. */
interface SpanExporter {
  readonly write: (spans: readonly SpanData[]) => void
  close(): Promise<void>
}

/** The most spans that wait: while the collector is unreachable, further spans are dropped and memory stays bounded. */
const waitingMax = 10_000
const sendEveryMs = 1_000
const sendWithinMs = 5_000

/** Opens one; `endpoint` is that of the collector, to which `/v1/traces` is added. */
export function openSpanExporter(endpoint: string, version: string): SpanExporter {
  const resource = resourceFromAttributes({ "service.name": "counterfoil", "service.version": version })
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, "")}/v1/traces`,
    timeoutMillis: sendWithinMs,
  })
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: waitingMax,
    scheduledDelayMillis: sendEveryMs,
    exportTimeoutMillis: sendWithinMs,
  })
  const scope = { name: "counterfoil", version }
  return {
    write: (spans) => {
      for (const span of spans) processor.onEnd({ ...readable(span), resource, instrumentationScope: scope })
    },
    close: () => processor.shutdown(),
  }
}

function readable(span: SpanData): Omit<ReadableSpan, "resource" | "instrumentationScope"> {
  const { name, traceId, spanId, parentSpanId, startMs, endMs, isError, attributes } = span
  const contextFor = (id: string) => ({ traceId, spanId: id, traceFlags: TraceFlags.SAMPLED })
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => contextFor(spanId),
    ...(parentSpanId === null ? {} : { parentSpanContext: contextFor(parentSpanId) }),
    startTime: hrTime(startMs),
    endTime: hrTime(endMs),
    duration: hrTime(endMs - startMs),
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    attributes: { ...attributes },
    links: [],
    events: span.events.map(({ name: called, atMs }) => ({
      name: called,
      time: hrTime(atMs),
      attributes: {},
      droppedAttributesCount: 0,
    })),
    ended: true,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  }
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1_000_000)]
