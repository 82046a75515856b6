// Exporting evidence: one execution's trace with every text that it names, as one file.
// Owns: collecting the texts and keys. Does not own: the bundle's format (replay).

import {
  canonicalBytes,
  contractMediaType,
  err,
  ok,
  parseWith,
  payloads,
  refuse,
  type Digest,
  type ExecutionId,
  type Json,
  type Refusal,
  type Registry,
  type Result,
  type TenantId,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest, mintId } from "@counterfoil/contracts/digest"
import type { BlobRow, Clock, Random, TraceStore } from "@counterfoil/contracts/ports"
import { engineVersion, engineDigest } from "@counterfoil/policy"
import { writeBundle, type WrittenBundle } from "@counterfoil/replay"

/** What exporting reads from. */
export interface ExportWorld {
  readonly store: TraceStore
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
  const createdAt = world.clock.now()
  const written = writeBundle({
    bundleId: mintId("bun", Date.parse(createdAt), world.random.bytes(10)),
    createdAt,
    createdBy: "counterfoil",
    payloads: include,
    entries,
    blobs: await namedTexts((digest) => world.store.blob(digest), world.registry, entries),
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

/** Every text that deciding again needs: the policy sets that verdicts name, and all contracts, since the policy schema is made from them. */
export async function namedTexts(
  text: (digest: Digest) => Promise<BlobRow | null>,
  registry: Registry,
  entries: readonly TraceEntry[],
): Promise<readonly BlobRow[]> {
  const digests = new Set(entries.flatMap(policySetOf))
  const texts = await Promise.all([...digests].map(text))
  const policies = texts.flatMap((text) =>
    text === null ? [] : [{ ...text, digest: blobDigest(text.bytes) }],
  )
  const contracts = registry.contracts.map(({ document }) => {
    const bytes = canonicalBytes(document)
    return { digest: blobDigest(bytes), mediaType: contractMediaType, bytes }
  })
  return [...policies, ...contracts]
}

function policySetOf({ head, payload }: TraceEntry): readonly Digest[] {
  if (head.kind !== decided || payload === null) return []
  const fact = parseWith(payloads[decided], payload)
  return fact.ok ? [fact.value.verdict.circumstances.policySetDigest] : []
}

const decided = "controlPlane.policy.decided@1"
