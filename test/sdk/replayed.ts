// An execution derived again from its exported file, as an auditor would.
// Owns: export and replay of one. Does not own: what is expected of it.

import { readFile } from "node:fs/promises"
import { call, must } from "@counterfoil/cli"
import { engineWasmUrl, openWasmEngine } from "@counterfoil/policy"
import { openReplay, readBundle } from "@counterfoil/replay"
import type { AgentWorld } from "./agent-world.ts"

/** The result of replaying an execution. */
export async function replayed({ plane, ana }: AgentWorld, executionId: string): Promise<string> {
  const { bundle } = await must(
    call<{ readonly bundle: string }>(plane.url, ana, "POST", `/executions/${executionId}/evidence`, {
      payloads: "all",
    }),
  )
  const read = readBundle(new TextEncoder().encode(bundle))
  const engine = openWasmEngine(await readFile(new URL(engineWasmUrl())))
  if (!read.ok || !engine.ok) throw new Error(JSON.stringify(read))
  const installed = plane.started.plane.registry
  const report = openReplay({ installed, engine: engine.value, mode: "recorded" })(read.value)
  return report.ok ? report.value.result : JSON.stringify(report.error)
}
