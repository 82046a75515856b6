// Who may follow events as they happen: the same question as reading the execution, asked for streams.
// Owns: that mapping. Does not own: the decision (policy), nor the stream (http).

import { executionGet, refuse, traceGet, type ExecutionId, type Refusal } from "@counterfoil/contracts"
import { admit } from "./admit.ts"
import { chainOf, reachesTenant } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import type { Services } from "./service.ts"

/** Why a caller may not read an execution's events, or with null those of its whole tenant; null when it may. */
export async function mayReadEvents(
  services: Pick<Services, "world">,
  caller: Caller,
  executionId: ExecutionId | null,
): Promise<Refusal | null> {
  if (executionId !== null) {
    const read = await admit(services, caller, executionGet, { executionId })
    return read.ok ? null : read.error
  }
  const { store, clock } = services.world
  const chain = await chainOf(store.directory, caller.tenant, [caller.principal], traceGet.capability)
  return chain !== null && chain.some((member) => member.enabled && reachesTenant(member, clock.now()))
    ? null
    : refuse("GRANT_MISSING", { principal: caller.principal, capability: traceGet.capability })
}
