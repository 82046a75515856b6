// Exporting evidence: one execution's trace with every text that it names, as one file.
// Owns: collecting them with the keys. Does not own: finding texts (trace-texts.ts), the bundle's format (replay).

import {
  err,
  ok,
  refuse,
  type ExecutionId,
  type Json,
  type Refusal,
  type Registry,
  type Result,
  type TenantId,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Clock, Random } from "@counterfoil/contracts/ports"
import { engineVersion, engineDigest } from "@counterfoil/policy"
import { writeBundle, type WrittenBundle } from "@counterfoil/replay"
import { keptTexts, openTraceTexts, type KeepingStore } from "./trace-texts.ts"

/** What exporting reads from. */
export interface ExportWorld {
  readonly store: KeepingStore
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
}

/** The bundle of an execution; NOT_FOUND for one that this tenant does not have. */
export async function collectBundle(
  world: ExportWorld,
  tenant: TenantId,
  executionId: ExecutionId,
  include: "all" | "none",
): Promise<Result<WrittenBundle, Refusal>> {
  const [first, ...rest] = await world.store.trace(tenant, executionId)
  if (first === undefined) return err(refuse("NOT_FOUND", { type: "Execution" }))
  const entries = [first, ...rest] as const
  const { store, registry } = world
  const traceTexts = openTraceTexts(keptTexts(store), registry)
  const createdAt = world.clock.now()
  const written = writeBundle({
    bundleId: mintId("bun", Date.parse(createdAt), world.random.bytes(10)),
    createdAt,
    createdBy: "counterfoil",
    payloads: include,
    entries,
    blobs: await traceTexts(entries),
    keys: await world.store.directory.reviewKeys(tenant),
    engine: { name: "cedar-wasm", version: engineVersion, digest: engineDigest },
  })
  return written.ok
    ? written
    : err(refuse("LIMIT_EXCEEDED", { what: "The bundle", limit: written.error.limit }))
}

/** The bundle as `execution.evidence.export` answers it. */
export async function exportBundle(
  world: ExportWorld,
  tenant: TenantId,
  executionId: ExecutionId,
  include: "all" | "none",
): Promise<Result<Json, Refusal>> {
  const made = await collectBundle(world, tenant, executionId, include)
  if (!made.ok) return made
  const { bytes, bundle } = made.value
  return ok({
    bundleId: bundle.header.bundleId,
    bundleDigest: bundle.digest,
    bytes: bytes.length,
    entryCount: bundle.entries.length,
    head: { seq: bundle.header.head.seq, hash: bundle.header.head.hash },
    completeness: bundle.header.completeness.kind,
    exportedAt: bundle.header.createdAt,
    bundle: new TextDecoder().decode(bytes),
  })
}
