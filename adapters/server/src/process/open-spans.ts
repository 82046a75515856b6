// Exports the spans of this process, where a collector is configured.
// Owns: loading the exporter only in that case, and its shutdown. Does not own: which spans there are.

import type { TraceStore } from "@counterfoil/contracts/ports"
import { watchAppends, type Appended } from "../operate/telemetry/spans/watch-appends.ts"
import type { Settings } from "./settings.ts"

/** Starts exporting spans of appends; null where no endpoint is set. Sending the last ones is added to `ends`. */
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
