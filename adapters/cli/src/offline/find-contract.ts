// One contract by the name that somebody typed.
// Owns: that a name without a major means the highest one, and what is said when there is none. Does not own: the contracts.

import type { Contract, Registry } from "@counterfoil/contracts"
import { CliError } from "../cli-error.ts"

/** Most names that a mistyped one is answered with. */
const nearMax = 8

/** The contract of a reference or a bare name. Errors: there is none, with those that look like it. */
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
