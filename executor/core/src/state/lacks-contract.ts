// Which contracts an execution needs, and whether a process can advance it at all: work stays with the contracts that it was planned with.
// Owns: those two questions. Does not own: how an execution that no process can advance ends (settling blocks its steps).
// Keeps INV-02: a step runs under the contract whose digest its plan pins, on a process that has exactly that one.

import type { ContractRef } from "@counterfoil/contracts"
import type { ContractLookup } from "./contract-facts.ts"
import type { Execution, Step } from "./execution.ts"
import { contractOf } from "./step-call.ts"
import { isFinished } from "./step-graph.ts"

/** True when some step that may still be called needs a contract that is not registered with the plan's digest. */
export function lacksContract(execution: Execution, contracts: ContractLookup): boolean {
  return execution.steps.some((step) => mayBeCalled(execution, step) && !contractOf(step, contracts).ok)
}

/** The contracts that an execution may still call: of steps, and of what undoes them. Sorted, each once; empty when it has ended. */
export function neededContracts(execution: Execution): readonly ContractRef[] {
  if ("endedAt" in execution.life) return []
  const needed = execution.steps.flatMap((step) => [
    ...(step.role === "do" && mayBeCalled(execution, step) ? [step.planStep.contract] : []),
    ...(step.planStep.undo === null ? [] : [step.planStep.undo.contract]),
  ])
  return [...new Set(needed)].toSorted()
}

/** After a cancel no forward step starts; what is under way, and what undoes, still needs its contract. */
const mayBeCalled = (execution: Execution, step: Step): boolean =>
  !isFinished(step) && (execution.cancel === null || step.role === "undo" || step.state.status !== "pending")
