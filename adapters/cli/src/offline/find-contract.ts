// Finds one contract by a typed name.
// Owns: choosing the highest major for a name without one, and the error for an unknown name. Does not own: the contracts.

import type { Contract, Registry } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"

/** The most suggestions for an unknown name. */
const nearMax = 8

/** The contract of a reference or a bare name. Errors: unknown, with similar names. */
export function findContract(registry: Registry, name: string): Contract {
  const found = registry.find(name) ?? registry.find(registry.majorsOf(name).at(-1) ?? "")
  if (found !== undefined) return found
  const word = name.split("@")[0]?.toLowerCase() ?? ""
  const near = registry.contracts.filter(({ ref }) => ref.toLowerCase().includes(word)).slice(0, nearMax)
  throw new CliError(`There is no contract ${name}.`, {
    code: "CONTRACT_UNKNOWN",
    fix: "counterfoil contract list",
    lines: near.map(({ ref, meta }) => `${ref}  ${meta.title}`),
  })
}
