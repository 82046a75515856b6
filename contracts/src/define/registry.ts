// The contracts that exist: fixed at start, found by `name@major`, digested as one list.
// Owns: look-up, duplicates, completeness of capabilities. Does not own: handlers (adapters check those against it).

import { canonicalBytes } from "../json/canonical.ts"
import { digestOf } from "../digest/index.ts"
import type { ContractRef, Digest } from "../primitives.ts"
import { DefinitionError } from "./define.ts"
import { drawExamples } from "./draw-plan.ts"
import type { Callable, Capability, Contract, Event, Intent } from "./contract.ts"

/** Every contract of this installation, sorted by reference. */
export interface Registry {
  readonly contracts: readonly Contract[]
  readonly capabilities: readonly Capability[]
  readonly digest: Digest
  find(ref: string): Contract | undefined
  callable(ref: string): Callable | undefined
  event(ref: string): Event | undefined
  intent(ref: string): Intent | undefined
  /** The refs that share a name, sorted: for `CONTRACT_VERSION` and its hints. */
  majorsOf(name: string): readonly ContractRef[]
}

/**
 * Builds the registry. Throws `DefinitionError` on a duplicate, an unknown capability, an undeclared event, or a plan function
 * that is not a function of its input.
 */
export function makeRegistry(contracts: readonly Contract[], capabilities: readonly Capability[]): Registry {
  const byRef = new Map<string, Contract>()
  const known = new Set<string>(capabilities.map((capability) => capability.name))
  const problems: string[] = []
  for (const contract of contracts) {
    if (byRef.has(contract.ref)) problems.push(`${contract.ref} is defined twice`)
    if (!known.has(contract.capability))
      problems.push(`${contract.ref} needs capability ${contract.capability}, which is not defined`)
    byRef.set(contract.ref, contract)
  }
  for (const contract of contracts) {
    if (contract.kind !== "command" && contract.kind !== "query") continue
    for (const emitted of contract.emits) {
      if (byRef.get(emitted)?.kind !== "event")
        problems.push(`${contract.ref} emits ${emitted}, which is not an event`)
    }
  }
  problems.push(...contracts.flatMap((contract) => observesProblem(contract, byRef)))
  problems.push(...contracts.flatMap(planProblems))
  if (problems.length > 0) throw new DefinitionError("the registry", problems)
  return registryOf([...byRef.values()], capabilities)
}

// With another capability, a holder of the command's capability could not ask for it.
function observesProblem(contract: Contract, byRef: ReadonlyMap<string, Contract>): readonly string[] {
  if (contract.kind !== "command" || contract.observes === null) return []
  const read = byRef.get(contract.observes.contract)
  return read?.kind === "query" && read.path === "step" && read.capability === contract.capability
    ? []
    : [
        `${contract.ref} observes ${contract.observes.contract}, which is not a query of its capability for a plan`,
      ]
}

/** Why a plan function is refused, found by running its examples: code that none of them reaches is checked when a plan is drawn. */
const planProblems = (contract: Contract): readonly string[] =>
  contract.kind !== "intent"
    ? []
    : drawExamples(contract).flatMap(({ title, drawn }) =>
        drawn.ok ? [] : [`the plan function of ${contract.ref} ${drawn.error} (example "${title}")`],
      )

/** The look-ups and the digest over contracts whose references are unique. Checks nothing: for contracts that were checked before. */
export function registryOf(contracts: readonly Contract[], capabilities: readonly Capability[]): Registry {
  const byRef = new Map<string, Contract>(contracts.map((contract) => [contract.ref, contract]))
  const sorted = [...byRef.values()].sort((a, b) => (a.ref < b.ref ? -1 : 1))
  const find = (ref: string) => byRef.get(ref)
  return {
    contracts: sorted,
    capabilities,
    digest: digestOf(
      "counterfoil.registry.v1",
      canonicalBytes(sorted.map(({ ref, version, digest }) => ({ ref, version, digest }))),
    ),
    find,
    callable: (ref) => {
      const found = find(ref)
      return found?.kind === "command" || found?.kind === "query" ? found : undefined
    },
    event: (ref) => {
      const found = find(ref)
      return found?.kind === "event" ? found : undefined
    },
    intent: (ref) => {
      const found = find(ref)
      return found?.kind === "intent" ? found : undefined
    },
    majorsOf: (name) => sorted.filter((contract) => contract.name === name).map((contract) => contract.ref),
  }
}
