// The handlers of a process, by the contract that each implements.
// Owns: the check that handlers and contracts match. Does not own: the handlers.
// Keeps INV-04: every contract of the registry has a handler or a service, or the process does not start.

import { DefinitionError, type Contract, type ContractRef } from "@counterfoil/contracts"
import type { Handler } from "@counterfoil/contracts/ports"

/** The table. Every callable step has exactly one handler, and every handler a registered contract. Throws `DefinitionError`. */
export function handlerTable(
  contracts: readonly Contract[],
  handlers: readonly Handler[],
): ReadonlyMap<ContractRef, Handler> {
  const table = new Map(handlers.map((handler) => [handler.contract.ref, handler]))
  const needed = contracts.filter(
    (contract) =>
      (contract.kind === "command" || contract.kind === "query") &&
      (contract.path === "step" ||
        (contract.path === "gate" && contract.name !== "controlPlane.intent.submit")),
  )
  const problems = [
    ...needed.filter(({ ref }) => !table.has(ref)).map(({ ref }) => `${ref} has no handler`),
    ...handlers
      .filter(({ contract }) => !needed.includes(contract))
      .map(({ contract }) => `the handler of ${contract.ref} has no contract`),
  ]
  if (problems.length > 0 || table.size !== handlers.length)
    throw new DefinitionError("the handlers", problems)
  return table
}
