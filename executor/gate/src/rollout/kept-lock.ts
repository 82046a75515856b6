// Locks as an installation keeps them: texts by digest, so that a rollout can be compared with the one before, and a trace
// be derived again with the contracts that it was made with.
// Owns: writing and reading one. Does not own: which is in force (the port ContractLocks), comparing (contracts/drift).

import {
  contractOfDocument,
  registryOf,
  type Digest,
  type Registry,
  type SemVer,
} from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import { lockOf, lockText, readLock, type ContractLock } from "@counterfoil/contracts/drift"
import type { ContractLocks, TraceStore } from "@counterfoil/contracts/ports"

const mediaType = "application/vnd.counterfoil.contracts-lock+json"

/** The lock of a process's own contracts, and the text in which it is kept. */
export interface OwnLock {
  readonly registry: Registry
  readonly lock: ContractLock
  readonly bytes: Uint8Array
  /** Of the text: a lock in force of this digest has these contracts and capabilities, and no others. */
  readonly digest: Digest
}

/** The lock of a registry. `version` is that of the program. */
export function ownLock(registry: Registry, version: SemVer): OwnLock {
  const lock = lockOf(registry, version, [])
  const bytes = new TextEncoder().encode(lockText(lock))
  return { registry, lock, bytes, digest: blobDigest(bytes) }
}

/** Keeps it. The same lock again changes nothing. */
export async function keepLock(
  store: Pick<TraceStore, "putBlobs"> & { readonly contractLocks: Pick<ContractLocks, "keep"> },
  { registry, bytes, digest }: OwnLock,
): Promise<void> {
  await store.putBlobs([{ digest, mediaType, bytes }])
  await store.contractLocks.keep(registry.digest, digest)
}

/** A lock that was kept; null when there is none of that digest, or when it is not one that this release reads. */
export async function keptLock(
  store: Pick<TraceStore, "blob">,
  digest: Digest,
): Promise<ContractLock | null> {
  const kept = await store.blob(digest)
  if (kept === null) return null
  const lock = readLock(kept.bytes)
  return lock.ok ? lock.value : null
}

/** The contracts of a lock, as far as documents describe them: to be looked up and compared, never to be run. */
export const contractsOfLock = (lock: ContractLock): Registry =>
  registryOf(
    Object.values(lock.contracts).flatMap(({ document }) => contractOfDocument(document)?.contract ?? []),
    [],
  )
