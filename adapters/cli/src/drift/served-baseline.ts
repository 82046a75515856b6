// Compares a tree with a running server: each has a configuration of its own, whose sections add contracts.
// Owns: leaving out what one side could not have, and reporting it. Does not own: the sections (cli/offline/installed.ts), comparing.

import { capabilityDigest, type ContractLock } from "@counterfoil/contracts/drift"

/** Contracts that were left out of a comparison because the other side could not have them, and why. */
export interface NotCompared {
  readonly contracts: readonly string[]
  readonly why: string
}

/** Both locks without the contracts that are missing only because of the other side's configuration. */
interface Comparable {
  readonly before: ContractLock
  readonly after: ContractLock
  readonly notCompared: readonly NotCompared[]
}

/** The comparable parts of a served lock and a tree's lock. `sections` maps a contract to the section of the configuration that adds it. */
export function comparable(
  served: ContractLock,
  made: ContractLock,
  sections: ReadonlyMap<string, string>,
): Comparable {
  const onlyIn = (one: ContractLock, other: ContractLock): readonly string[] =>
    Object.keys(one.contracts).filter((ref) => sections.has(ref) && other.contracts[ref] === undefined)
  const [unserved, unknown] = [onlyIn(made, served), onlyIn(served, made)]
  return {
    // A server keeps no acknowledgements, so the tree's acknowledgements of earlier changes are not a difference.
    before: { ...without(served, unknown), acknowledged: made.acknowledged },
    after: without(made, unserved),
    notCompared: [
      ...bySection(unserved, sections, (section) => `the server is not configured with ${section}`),
      ...bySection(unknown, sections, (section) => `the tree is not configured with ${section} (--data)`),
    ],
  }
}

function bySection(
  refs: readonly string[],
  sections: ReadonlyMap<string, string>,
  why: (section: string) => string,
): readonly NotCompared[] {
  const groups = Map.groupBy(refs, (ref) => sections.get(ref) ?? "")
  return [...groups].map(([section, contracts]) => ({ contracts, why: why(section) }))
}

function without(lock: ContractLock, refs: readonly string[]): ContractLock {
  const left = new Set(refs)
  const contracts = Object.entries(lock.contracts).filter(([ref]) => !left.has(ref))
  const capabilities = Object.entries(lock.capabilities).map(([name, { provides, requires }]) => {
    const kept = { provides: provides.filter((ref) => !left.has(ref)), requires }
    return [name, { ...kept, digest: capabilityDigest(name, kept) }] as const
  })
  return {
    ...lock,
    contracts: Object.fromEntries(contracts),
    capabilities: Object.fromEntries(capabilities),
  }
}
