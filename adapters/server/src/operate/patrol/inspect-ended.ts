// Checks one ended execution: its trace must verify, its row must agree, and the same rules must decide the same again.
// Owns: choosing it, and the result. Does not own: verifying and deriving (replay), when it runs (start-patrol.ts).
// Shows INV-07 and INV-08 on a running installation; it only reads.

import type { ExecutionId, TenantId } from "@counterfoil/contracts"
import { everyExecution } from "@counterfoil/contracts/ports"
import type { CedarEngine } from "@counterfoil/policy"
import { readBundle, rederive, verifyEvidence } from "@counterfoil/replay"
import { signedBy, collectBundle, type ExportWorld } from "@counterfoil/gate"

/** What it reads from and derives with. */
export interface PatrolWorld extends ExportWorld {
  readonly engine: CedarEngine
  readonly tenant: TenantId
}

/** The result. `unverifiable`: a text, a code or a payload is missing in this process, which is not a fault of the trace. */
export interface Inspection {
  readonly executionId: ExecutionId
  readonly found: "identical" | "unverifiable" | "divergent" | "chain" | "projection"
}

/** One is chosen among this many executions that ended last. */
const amongMax = 200

/** Checks one, drawn from those that ended last; null when none has ended, or it is too large for a bundle. */
export async function inspectEnded(world: PatrolWorld): Promise<Inspection | null> {
  const { store, tenant, registry, engine, random } = world
  const page = await store.executions(
    { ...everyExecution, tenant, status: ["completed", "failed", "cancelled"], sort: "updatedAt" },
    null,
    amongMax,
  )
  const row = page.items[Math.floor(random.unit() * page.items.length)]
  if (row === undefined) return null
  const { executionId } = row
  const written = await collectBundle(world, tenant, executionId, "all")
  if (!written.ok) return null
  const bundle = readBundle(written.value.bytes)
  if (!bundle.ok) return { executionId, found: "chain" }
  // Keys come from the directory: revoking a key does not invalidate what it signed before.
  const keys = await store.directory.reviewKeys(tenant)
  if (!verifyEvidence(bundle.value, { keys, signedBy }).ok) return { executionId, found: "chain" }
  const report = rederive(bundle.value, { installed: registry, engine, mode: "recorded" })
  if (!report.ok) return { executionId, found: "chain" }
  const { seq, hash } = bundle.value.header.head
  // A retry may have reopened the execution after its row was read: then the row is older, not wrong.
  const isSame = seq > row.head.seq || (seq === row.head.seq && hash === row.head.hash)
  return { executionId, found: isSame ? report.value.result : "projection" }
}
