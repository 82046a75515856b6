// The contracts that a trace was made with, from the documents in its bundle and the code that is installed here.
// Owns: which of the two is used for a contract: code only when its digest is the one documented. Does not own: compiling.

import {
  contractMediaType,
  contractOfDocument,
  documentStepsMax,
  registryOf,
  type Contract,
  type ContractPin,
  type ContractRef,
  type Digest,
  type Registry,
} from "@counterfoil/contracts"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { contractFactsOf, type ContractLookup } from "@counterfoil/core"
import { objectIn } from "../verify/text-in.ts"

/** Contracts to derive with. `lacks` says what code a contract would need that is not installed. */
export interface RecordedContracts {
  readonly registry: Registry
  readonly lookup: ContractLookup
  has(pin: ContractPin): boolean
  lacks(ref: ContractRef): readonly ("checks" | "plan")[]
}

/**
 * The contracts of a bundle. A text that is not a contract, or a second one for a reference, counts for nothing. `kindDigest` is
 * that of the first entry: an earlier release named contracts by other digests, and then so do plans made again.
 */
export function recordedContracts(
  blobs: readonly BlobRow[],
  installed: Registry | null,
  kindDigest: Digest | undefined,
): RecordedContracts {
  const contracts = new Map<ContractRef, Contract>()
  const lacking = new Map<ContractRef, readonly ("checks" | "plan")[]>()
  const steps = { left: documentStepsMax }
  const documents = blobs.flatMap((blob) => {
    const document = blob.mediaType === contractMediaType ? objectIn(blob) : null
    return (document === null ? null : contractOfDocument(document, steps)) ?? []
  })
  const isFormer = documents.some(({ contract }) => contract.formerDigest === kindDigest)
  for (const documented of documents) {
    const { ref, digest, formerDigest, version, meta, document } = documented.contract
    if (contracts.has(ref)) continue
    const code = installed?.find(ref)
    const same = code !== undefined && code.digest === digest
    const named = isFormer ? formerDigest : digest
    // What that digest does not cover is taken from the document: policy groups contracts by their tags, and a plan names their versions.
    const pin = { ref, version, digest: named }
    contracts.set(ref, {
      ...(same ? { ...code, meta, version, document } : documented.contract),
      digest: named,
      pin,
    })
    lacking.set(ref, same ? [] : documented.lacks)
  }
  const registry = registryOf([...contracts.values()], [])
  return {
    registry,
    lookup: (ref) => {
      const contract = registry.callable(ref)
      return contract === undefined ? null : contractFactsOf(contract)
    },
    has: (pin) => digestIn(registry, pin.ref) === pin.digest,
    lacks: (ref) => lacking.get(ref) ?? [],
  }
}

const digestIn = (registry: Registry, ref: ContractRef): Digest | null => registry.find(ref)?.digest ?? null
