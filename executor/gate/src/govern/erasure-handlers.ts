// Erasing the payloads of closed executions.
// Does not own: which payloads there are, and that heads and chain stay (store).

import { traceErase } from "@counterfoil/contracts"
import { type Handler, implement, rejected, succeeded } from "@counterfoil/contracts/ports"
import type { GovernanceWorld } from "./governance-world.ts"

/** One handler for each command that erases. */
export function erasureHandlers({ store }: GovernanceWorld): readonly Handler[] {
  return [
    implement(traceErase, async ({ executionId }, call) => {
      const row = await store.execution(call.tenant, executionId)
      if (row === null) return rejected("NOT_FOUND", "There is no such execution.")
      if (row.endedAt === null) return rejected("STILL_OPEN", "Only closed executions can be erased.")
      const { payloads, executions } = await store.erasePayloads(call.tenant, { executionId })
      return succeeded({ payloads, executions, erasedAt: call.startedAt })
    }),
  ]
}
