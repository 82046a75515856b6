// The reasons of the rules that forbid a step, so that the agent of a frozen step sees the reason that a person gave.
// Does not own: the verdict, nor how a blocked step is shown (views.ts). Reads the set that decided, not the one in force now.

import type { StepId } from "@counterfoil/contracts"
import type { World } from "@counterfoil/round"
import type { Execution } from "@counterfoil/core"

/** The reasons of the forbids of each forbidden step; empty for an execution without one. */
export async function forbidReasonsOf(
  world: Pick<World, "policies">,
  { steps, tenant }: Execution,
): Promise<ReadonlyMap<StepId, string>> {
  const found = new Map<StepId, string>()
  for (const { stepId, state, verdict, preview } of steps) {
    const denied = [verdict, preview].find((one) => one?.core.decision === "deny") ?? null
    if (state.status !== "blocked" || state.reason !== "forbidden" || denied === null) continue
    const policies = await world.policies(tenant, denied.policySetDigest)
    const said = policies.reasonsOf(denied.core.forbids).map(({ text }) => text)
    if (said.length > 0) found.set(stepId, said.join(" "))
  }
  return found
}
