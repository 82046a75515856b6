// Spans of this process, where somebody collects them.
// Owns: loading the exporter only then, and its end. Does not own: which spans there are.

import type { TraceStore } from "@counterfoil/contracts/ports"
import { watchAppends, type Appended } from "../operate/telemetry/spans/watch-appends.ts"
import type { Settings } from "./settings.ts"

/** Starts telling appends as spans; null where no endpoint is set. `ends` learns how to send the last ones. */
export async function openSpans(
  { otlpEndpoint, version }: Settings,
  store: Pick<TraceStore, "trace">,
  ends: AsyncDisposableStack,
): Promise<Appended | null> {
  if (otlpEndpoint === null) return null
  const { openSpanExporter } = await import("../operate/telemetry/spans/open-exporter.ts")
  const exporter = openSpanExporter(otlpEndpoint, version)
  ends.defer(() => exporter.close())
  return watchAppends({
    trace: (tenant, executionId) => store.trace(tenant, executionId),
    write: exporter.write,
  })
}
