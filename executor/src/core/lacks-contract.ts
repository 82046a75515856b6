// Whether a process can advance an execution at all: work stays with the contracts that it was planned with.
// Owns: that question. Does not own: what becomes of an execution that nobody can advance (settling blocks its steps).
// Keeps INV-02: a step runs under the contract whose digest its plan pins, on a process that has exactly that one.

import type { ContractLookup } from "./contract-facts.ts"
import type { Execution, Step } from "./execution.ts"
import { contractOf } from "./step-call.ts"
import { isFinished } from "./step-graph.ts"

/** True when some step that may still be called needs a contract that is not there with the digest of the plan. */
export function lacksContract(execution: Execution, contracts: ContractLookup): boolean {
  return execution.steps.some((step) => mayBeCalled(execution, step) && !contractOf(step, contracts).ok)
}

/** After a cancel no forward step starts; what is under way, and what undoes, still needs its contract. */
const mayBeCalled = (execution: Execution, step: Step): boolean =>
  !isFinished(step) && (execution.cancel === null || step.role === "undo" || step.state.status !== "pending")
