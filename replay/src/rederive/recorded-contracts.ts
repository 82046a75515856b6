// The contracts that a trace was made with, from the documents in its bundle and the code that is installed here.
// Owns: which of the two stands for a contract: code only when its digest is the one documented. Does not own: compiling.

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
import { contractFactsOf, type ContractLookup } from "@counterfoil/executor/core"
import { objectIn } from "../verify/text-in.ts"

/** Contracts to derive with. `lacks` says what code a contract would need that is not installed. */
export interface RecordedContracts {
  readonly registry: Registry
  readonly lookup: ContractLookup
  has(pin: ContractPin): boolean
  lacks(ref: ContractRef): readonly ("checks" | "plan")[]
}

/** The contracts of a bundle. A text that is not a contract, or a second one for a reference, counts for nothing. */
export function recordedContracts(blobs: readonly BlobRow[], installed: Registry | null): RecordedContracts {
  const contracts = new Map<ContractRef, Contract>()
  const lacking = new Map<ContractRef, readonly ("checks" | "plan")[]>()
  const steps = { left: documentStepsMax }
  for (const blob of blobs) {
    if (blob.mediaType !== contractMediaType) continue
    const document = objectIn(blob)
    const documented = document === null ? null : contractOfDocument(document, steps)
    if (documented === null || contracts.has(documented.contract.ref)) continue
    const { ref, digest } = documented.contract
    const code = installed?.find(ref)
    const same = code !== undefined && code.digest === digest
    // Policy groups contracts by their tags, which are no part of that digest: they are those of then.
    contracts.set(ref, same ? { ...code, meta: documented.contract.meta } : documented.contract)
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
