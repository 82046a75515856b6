// Looks through one ended execution: does its trace verify, does its row agree, do the same rules decide the same again?
// Owns: choosing it and saying what was found. Does not own: verifying and deriving (replay), when it looks (start-patrol.ts).
// Shows INV-07 and INV-08 on a running installation; nothing that it does can act.

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

/** What was found. `unverifiable`: a text, a code or a payload is not here; that is no fault of the trace. */
export interface Inspection {
  readonly executionId: ExecutionId
  readonly found: "identical" | "unverifiable" | "divergent" | "chain" | "projection"
}

/** Among so many that ended last, one is chosen. */
const amongMax = 200

/** Looks through one, drawn from those that ended last; null when none has ended, or it is too large for a bundle. */
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
  // Keys as the directory has them: who revoked one yesterday did not unsign what it signed before.
  const keys = await store.directory.reviewKeys(tenant)
  if (!verifyEvidence(bundle.value, { keys, signedBy }).ok) return { executionId, found: "chain" }
  const report = rederive(bundle.value, { installed: registry, engine, mode: "recorded" })
  if (!report.ok) return { executionId, found: "chain" }
  const { seq, hash } = bundle.value.header.head
  // It may have been opened again by a retry since its row was read: then its row is older, not wrong.
  const isSame = seq > row.head.seq || (seq === row.head.seq && hash === row.head.hash)
  return { executionId, found: isSame ? report.value.result : "projection" }
}
