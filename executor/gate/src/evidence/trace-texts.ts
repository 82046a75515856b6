// The texts that deriving a trace again needs: the policy sets that its verdicts name, and all contracts of its registry.
// Owns: finding them, those of an earlier release among the locks that were kept. Does not own: the bundle (export-bundle.ts).
// Keeps INV-08: a trace is derived with the contracts that it was made with, whatever was rolled out since.

import {
  canonicalBytes,
  contractMediaType,
  parseWith,
  payloads,
  type ContractDocument,
  type Digest,
  type Registry,
  type Time,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import { readLock } from "@counterfoil/contracts/drift"
import type { BlobRow, ContractLocks, TraceStore } from "@counterfoil/contracts/ports"

/** Where texts are kept. */
export interface KeptTexts {
  /** A text by its digest; null when it is not there. */
  text(digest: Digest): Promise<BlobRow | null>
  /** The digest of the lock with a registry's contracts at a time; null when none was kept. */
  lockOfRegistry(registry: Digest, at: Time): Promise<Digest | null>
}

/** A store that keeps texts and the locks of registries. */
export type KeepingStore = TraceStore & { readonly contractLocks: Pick<ContractLocks, "ofRegistry"> }

/** The texts that a store keeps. */
export const keptTexts = (store: KeepingStore): KeptTexts => ({
  text: (digest) => store.blob(digest),
  lockOfRegistry: (registry, at) => store.contractLocks.ofRegistry(registry, at),
})

/** The texts of one trace. */
export type TraceTexts = (entries: readonly TraceEntry[]) => Promise<readonly BlobRow[]>

/**
 * Opens the way to the texts of many traces: what several of them name is read once. Where the lock of
 * a trace's registry was not kept, it is given the contracts that are registered here; what was planned with others cannot be derived then.
 */
export function openTraceTexts(kept: KeptTexts, registered: Registry): TraceTexts {
  const here: Documents = {
    blobs: registered.contracts.map(({ document }) => blobOf(document)),
    digests: new Set(registered.contracts.map(({ digest }) => digest)),
  }
  const contracts = new Map<Digest, Promise<Documents | null>>()
  const policies = new Map<Digest, Promise<BlobRow | null>>()
  const contractsOf = async (first: TraceEntry | undefined): Promise<Documents> => {
    const registry = registryOf(first)
    const lock =
      first === undefined || registry === null ? null : await kept.lockOfRegistry(registry, first.head.time)
    return (lock === null ? null : await known(contracts, lock, () => documentsIn(kept, lock))) ?? here
  }
  return async (entries) => {
    const { blobs, digests } = await contractsOf(entries[0])
    // What was written after an upgrade is under event contracts that the registry of the first entry did not have.
    const kinds = new Set(entries.map(({ head }) => head.kindDigest))
    const later = registered.contracts.filter(({ digest }) => kinds.has(digest) && !digests.has(digest))
    const named = new Set(entries.flatMap(policySetOf))
    const texts = await Promise.all(
      [...named].map((digest) => known(policies, digest, () => kept.text(digest))),
    )
    const sets = texts.flatMap((text) => (text === null ? [] : [{ ...text, digest: blobDigest(text.bytes) }]))
    return [...sets, ...blobs, ...later.map(({ document }) => blobOf(document))]
  }
}

function known<T>(all: Map<Digest, Promise<T>>, digest: Digest, read: () => Promise<T>): Promise<T> {
  const found = all.get(digest) ?? read()
  all.set(digest, found)
  return found
}

/** The documents of a registry's contracts, and the digests of what they mean. */
interface Documents {
  readonly blobs: readonly BlobRow[]
  readonly digests: ReadonlySet<Digest>
}

async function documentsIn(keeper: KeptTexts, digest: Digest): Promise<Documents | null> {
  const kept = await keeper.text(digest)
  const lock = kept === null ? null : readLock(kept.bytes)
  if (lock === null || !lock.ok) return null
  const locked = Object.values(lock.value.contracts)
  return {
    blobs: locked.map(({ document }) => blobOf(document)),
    digests: new Set(locked.map((one) => one.digest)),
  }
}

function blobOf(document: ContractDocument): BlobRow {
  const bytes = canonicalBytes(document)
  return { digest: blobDigest(bytes), mediaType: contractMediaType, bytes }
}

const received = "controlPlane.intent.received@1"
const decided = "controlPlane.policy.decided@1"

function registryOf(first: TraceEntry | undefined): Digest | null {
  if (first === undefined || first.head.kind !== received || first.payload === null) return null
  const fact = parseWith(payloads[received], first.payload)
  return fact.ok ? fact.value.registryDigest : null
}

function policySetOf({ head, payload }: TraceEntry): readonly Digest[] {
  if (head.kind !== decided || payload === null) return []
  const fact = parseWith(payloads[decided], payload)
  return fact.ok ? [fact.value.verdict.circumstances.policySetDigest] : []
}
