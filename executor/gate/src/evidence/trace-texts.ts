// The texts that deriving a trace again needs: the policy sets that its verdicts name, all contracts of its registry, and the
// event contracts of later releases that wrote entries of it.
// Owns: finding them, those of an earlier release among the locks that were kept. Does not own: the bundle (export-bundle.ts).
// Keeps INV-08: a trace is derived with the contracts that it was made with, also after later rollouts.

import {
  canonicalBytes,
  contractMediaType,
  digestsOfDocument,
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
interface KeptTexts {
  /** A text by its digest; null when it is not there. */
  text(digest: Digest): Promise<BlobRow | null>
  /** The digest of the lock with a registry's contracts at a time; null when none was kept. */
  lockOfRegistry(registry: Digest, at: Time): Promise<Digest | null>
  /** The digests of all locks that were kept, the newest first. */
  locks(): Promise<readonly Digest[]>
}

/** A store that keeps texts and the locks of registries. */
export type KeepingStore = TraceStore & { readonly contractLocks: Pick<ContractLocks, "ofRegistry" | "all"> }

/** The texts that a store keeps. */
export const keptTexts = (store: KeepingStore): KeptTexts => ({
  text: (digest) => store.blob(digest),
  lockOfRegistry: (registry, at) => store.contractLocks.ofRegistry(registry, at),
  locks: () => store.contractLocks.all(),
})

/** The texts of one trace. */
export type TraceTexts = (entries: readonly TraceEntry[]) => Promise<readonly BlobRow[]>

/**
 * Reads the texts of many traces; a text that several of them name is read once. A trace whose registry's lock was not kept
 * gets the contracts that are registered here, so that steps planned with other contracts cannot be derived.
 */
export function openTraceTexts(kept: KeptTexts, registered: Registry): TraceTexts {
  const here = documentsOf(registered.contracts)
  const contracts = new Map<Digest, Promise<Documents | null>>()
  const policies = new Map<Digest, Promise<BlobRow | null>>()
  const locked = (lock: Digest) => known(contracts, lock, () => documentsIn(kept, lock))
  const contractsOf = async (first: TraceEntry | undefined): Promise<Documents> => {
    const registry = registryOf(first)
    const lock =
      first === undefined || registry === null ? null : await kept.lockOfRegistry(registry, first.head.time)
    return (lock === null ? null : await locked(lock)) ?? here
  }
  // Any release that ran meanwhile can have written an entry, not the one that is installed now alone.
  async function* elsewhere(): AsyncGenerator<Documents> {
    yield here
    for (const lock of await kept.locks()) {
      const documents = await locked(lock)
      if (documents !== null) yield documents
    }
  }
  const laterThan = async (first: Documents, entries: readonly TraceEntry[]): Promise<readonly BlobRow[]> => {
    const missing = new Set(
      entries.map(({ head }) => head.kindDigest).filter((digest) => !first.byDigest.has(digest)),
    )
    const found: BlobRow[] = []
    if (missing.size === 0) return found
    for await (const { byDigest } of elsewhere()) {
      for (const digest of missing) {
        const one = byDigest.get(digest)
        if (one === undefined) continue
        found.push(one.blob)
        for (const name of one.names) missing.delete(name)
      }
      if (missing.size === 0) break
    }
    return found
  }
  return async (entries) => {
    const first = await contractsOf(entries[0])
    const named = new Set(entries.flatMap(policySetOf))
    const texts = await Promise.all(
      [...named].map((digest) => known(policies, digest, () => kept.text(digest))),
    )
    const sets = texts.flatMap((text) => (text === null ? [] : [{ ...text, digest: blobDigest(text.bytes) }]))
    return [...sets, ...first.blobs, ...(await laterThan(first, entries))]
  }
}

function known<T>(all: Map<Digest, Promise<T>>, digest: Digest, read: () => Promise<T>): Promise<T> {
  const found = all.get(digest) ?? read()
  all.set(digest, found)
  return found
}

/** A contract's document, with both digests by which an entry can name it. */
interface Text {
  readonly blob: BlobRow
  readonly names: readonly Digest[]
}

/** The documents of a registry's contracts, and each by the digests of what it means. */
interface Documents {
  readonly blobs: readonly BlobRow[]
  readonly byDigest: ReadonlyMap<Digest, Text>
}

function documentsOf(
  contracts: readonly {
    readonly document: ContractDocument
    readonly digest: Digest
    readonly formerDigest: Digest
  }[],
): Documents {
  const texts = contracts.map(({ document, digest, formerDigest }): Text => ({
    blob: blobOf(document),
    names: [digest, formerDigest],
  }))
  return {
    blobs: texts.map(({ blob }) => blob),
    byDigest: new Map(texts.flatMap((text) => text.names.map((name) => [name, text] as const))),
  }
}

async function documentsIn(keeper: KeptTexts, digest: Digest): Promise<Documents | null> {
  const kept = await keeper.text(digest)
  const lock = kept === null ? null : readLock(kept.bytes)
  if (lock === null || !lock.ok) return null
  return documentsOf(
    Object.values(lock.value.contracts).map(({ document }) => ({ document, ...digestsOfDocument(document) })),
  )
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
