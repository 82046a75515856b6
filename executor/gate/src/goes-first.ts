// What waits behind nothing that others have open: asks that only take away or forbid, and what the program asks by itself.
// Owns: which those are. Does not own: quotas (quotas.ts), places of a worker, nor whether the ask is allowed (policy).
// An agent that fills the tenant with open work would otherwise keep people from the freeze, and from disabling that agent.

import type { ContractRef, Immutable, intentSubmit, Json } from "@counterfoil/contracts"
import type { World } from "@counterfoil/round"
import type { z } from "zod"
import type { Caller } from "./caller.ts"
import { isProgramService } from "./identity/program-service.ts"

type Submission = Immutable<z.output<(typeof intentSubmit)["input"]>>

/** True of a call that can only take away or forbid: its handler says so of the input. */
export function onlyRestricts({ handlers }: Pick<World, "handlers">, ref: ContractRef, input: Json): boolean {
  const handler = handlers.get(ref)
  return handler?.contract.path === "gate" && handler.restricts?.(input) === true
}

/** True of a submission that no quota refuses and no full worker puts off, neither this process nor one that claims it. One that is to wait for its start is not urgent. */
export const goesFirst = (
  world: Pick<World, "handlers">,
  caller: Caller,
  { as, start }: Pick<Submission, "as" | "start">,
): boolean =>
  // No caller from outside poses as the program: make-gate.ts.
  isProgramService({ ...caller, id: caller.principal }) ||
  ("contract" in as && start !== "manual" && onlyRestricts(world, as.contract, as.input))
