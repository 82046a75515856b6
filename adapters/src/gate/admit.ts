// Who may go on to a contract's service, and to which execution.
// Owns: that question, the same for a call and for a stream. Does not own: the decision (authorise.ts), the services.
// Keeps INV-04 (without any grant the answer says nothing of what exists) and INV-10 (a foreign execution is an absent one).

import {
  err,
  ExecutionId,
  ok,
  refuse,
  type Callable,
  type Json,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import { z } from "zod"
import { authorise, holdsAnyGrant } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import type { Granted, Services } from "./service.ts"

const absent = refuse("NOT_FOUND", { type: "Execution" })

/** The verdict and the execution that `input` names, null where the contract is about none; or why not. Throws what the store throws. */
export async function admit(
  { world }: Pick<Services, "world">,
  caller: Caller,
  contract: Callable,
  input: Json,
): Promise<Result<Pick<Granted, "verdict" | "row">, Refusal>> {
  const now = world.clock.now()
  const policies = await world.policies(caller.tenant)
  const authority = { environment: world.environment, directory: world.store.directory, policies, now }
  const executionId = contract.resource?.kind === "execution" ? executionIn(input) : null
  const holds = executionId === null || (await holdsAnyGrant(authority, caller, contract))
  const row = executionId === null || !holds ? null : await world.store.execution(caller.tenant, executionId)
  if (executionId !== null && holds && row === null) return err(absent)
  const allowed = await authorise(authority, caller, contract, input, row)
  if (!allowed.ok) return row !== null && allowed.error.code === "GRANT_MISSING" ? err(absent) : allowed
  return ok({ verdict: allowed.value.verdict, row })
}

const About = z.looseObject({ executionId: ExecutionId })

const executionIn = (input: Json): ExecutionId | null => About.safeParse(input).data?.executionId ?? null
