// Checks an append before a store writes it.
// Keeps INV-07 (entries continue the head they name, the projection matches their end) and INV-10 (one tenant, one
// execution, one environment). Does not own: whether the head is still the head, which only the store's transaction can check.

import { invariant, type Environment } from "@counterfoil/contracts"
import type { Append } from "@counterfoil/contracts/ports"

/** Checks what every caller guarantees about an append; the database checks the rest. Throws `InvariantBroken`. */
export function checkFits(
  { entries, expect, execution, tenant, executionId, create }: Append,
  environment: Environment,
): void {
  let { seq, hash } = expect
  for (const entry of entries) {
    invariant(entry.head.seq === seq + 1 && entry.prevHash === hash, "INV-07", {
      executionId,
      seq: entry.head.seq,
      after: seq,
    })
    invariant(entry.head.tenant === tenant && entry.head.executionId === executionId, "INV-10", {
      executionId,
      seq: entry.head.seq,
    })
    invariant(entry.head.environment === environment, "INV-10", {
      executionId,
      environment: entry.head.environment,
    })
    invariant(entry.payloadBytes !== null, "INV-07", { executionId, seq: entry.head.seq })
    seq = entry.head.seq
    hash = entry.hash
  }
  invariant(execution.head.seq === seq && execution.head.hash === hash, "INV-07", {
    executionId,
    projected: execution.head.seq,
    seq,
  })
  invariant(execution.tenant === tenant && execution.executionId === executionId, "INV-10", { executionId })
  invariant((expect.seq === 0) === (create !== null), "INV-07", { executionId, expected: expect.seq })
}
