// The refusal that an internal failure becomes, at the gate and at every door.
// Owns: which code. Does not own: how it is reported to the operator.
// Keeps INV-13: only the kind of an error and the trace id leave the process.

import { InvariantBroken, refuse, type Refusal } from "@counterfoil/contracts"
import { OutcomeUnknown, StoreUnavailable } from "@counterfoil/contracts/ports"

/** The refusal for something thrown. An unexpected error is INTERNAL. */
export function failureOf(error: unknown, traceId: string): Refusal {
  if (error instanceof StoreUnavailable) return refuse("STORE_UNAVAILABLE", {})
  if (error instanceof OutcomeUnknown) return refuse("OUTCOME_UNKNOWN", {})
  if (error instanceof InvariantBroken) return refuse("INVARIANT_BROKEN", { invariant: error.invariant })
  return refuse("INTERNAL", { traceId })
}
