// Replayed executions a second: verifying the chain alone, and deriving plan, verdicts and state again as well.
// Owns: these figures. Does not own: replaying. A replay that is not identical ends the run.

import { invariant, type ExecutionId, type Json } from "@counterfoil/contracts"
import type { CedarEngine } from "@counterfoil/policy"
import {
  entriesOf,
  expectNothing,
  openReplay,
  readBundle,
  verifyTrace,
  type Bundle,
} from "@counterfoil/replay"
import type { Installation } from "./installation.ts"
import type { Measure } from "./measure.ts"

/** Exports `count` completed executions as bundles, and measures replaying all of them. */
export async function replays(
  installation: Installation,
  engine: CedarEngine,
  count: number,
): Promise<Measure> {
  const bundles = await readBundles(installation, count)
  const replay = openReplay({ installed: installation.plane.registry, engine, mode: "recorded" })
  return async () => {
    const verifyMs = timed(() => {
      for (const bundle of bundles) {
        const { executionId, head } = bundle.header
        const verified = verifyTrace(entriesOf(bundle), { ...expectNothing, executionId, head })
        invariant(verified.ok, "INV-07", { executionId })
      }
    })
    const deriveMs = timed(() => {
      for (const bundle of bundles) {
        const report = replay(bundle)
        const result = report.ok ? report.value.result : "altered"
        invariant(result === "identical", "INV-08", { executionId: bundle.header.executionId, result })
      }
    })
    return [
      { figure: "replays, verify alone", unit: "/s", value: (bundles.length / verifyMs) * 1000 },
      { figure: "replays, verify and derive again", unit: "/s", value: (bundles.length / deriveMs) * 1000 },
    ]
  }
}

function timed(act: () => void): number {
  const begunMs = performance.now()
  act()
  return performance.now() - begunMs
}

async function readBundles(installation: Installation, count: number): Promise<readonly Bundle[]> {
  const { rows } = await installation.owner.query<{ execution_id: ExecutionId }>(
    "select execution_id from execution where status = 'completed' order by created_at limit $1",
    [count],
  )
  const bundles: Bundle[] = []
  for (const { execution_id: executionId } of rows) {
    const answer = await installation.call(
      "controlPlane.execution.evidence.export@1",
      { executionId, payloads: "all" },
      0,
    )
    invariant(answer.kind === "answer", "INV-08", { executionId, exported: answer.kind })
    const bundle = readBundle(new TextEncoder().encode(textOf(answer.body)))
    invariant(bundle.ok, "INV-08", { executionId, readable: bundle.ok })
    // All of them carry the same contracts and policies; one copy of those is enough to keep.
    bundles.push({ ...bundle.value, blobs: bundles[0]?.blobs ?? bundle.value.blobs })
  }
  return bundles
}

const textOf = (body: Json): string =>
  typeof body === "object" && body !== null && "bundle" in body && typeof body.bundle === "string"
    ? body.bundle
    : ""
