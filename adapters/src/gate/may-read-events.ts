// Who may follow events as they happen: the same question as reading the execution, asked for streams.
// Owns: that mapping. Does not own: the decision (policy), nor the stream (http).

import { executionGet, type ExecutionId, traceGet } from "@counterfoil/contracts"
import { authorise, chainOf, reachesTenant } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import type { Services } from "./service.ts"

/** Whether a caller may read an execution's events; with null, those of its whole tenant. */
export async function mayReadEvents(
  { world }: Services,
  caller: Caller,
  executionId: ExecutionId | null,
): Promise<boolean> {
  const authority = {
    environment: world.environment,
    directory: world.store.directory,
    policies: await world.policies(caller.tenant),
    now: world.clock.now(),
  }
  if (executionId === null) {
    const chain = await chainOf(authority.directory, caller.tenant, [caller.principal], traceGet.capability)
    return chain !== null && chain.some((member) => member.enabled && reachesTenant(member, authority.now))
  }
  const row = await world.store.execution(caller.tenant, executionId)
  return row !== null && (await authorise(authority, caller, executionGet, { executionId }, row)).ok
}
