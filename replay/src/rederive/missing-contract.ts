// The contract that an entry could not be derived without: one that a step was planned with and that is not here.
// Owns: which steps an entry depends on. Does not own: what is said of it (rederive.ts).
// A step whose contract is gone is due nothing, so an entry that differs says nothing of the code that derives.

import type { Fact } from "@counterfoil/contracts"
import { contractOf, type Execution, type Step } from "@counterfoil/core"
import type { RecordedContracts } from "./recorded-contracts.ts"

/** Its name with its version; null when every contract that the entry depends on is here. */
export function missingContract(
  execution: Execution | null,
  fact: Fact,
  { lookup }: RecordedContracts,
): string | null {
  if (execution === null) return null
  const about = stepOf(execution, fact)
  // An entry about the whole execution, such as its end or a command, depends on all of its steps.
  const steps = about === undefined ? execution.steps : [about]
  const [missing] = steps.filter((step) => !contractOf(step, lookup).ok).flatMap(pinOf)
  return missing === undefined ? null : `${missing.contract} ${missing.version}`
}

function stepOf({ steps, approvals }: Execution, { payload }: Fact): Step | undefined {
  const request =
    "approvalId" in payload
      ? approvals.find(({ approvalId }) => approvalId === payload.approvalId)
      : undefined
  const id = "stepId" in payload ? payload.stepId : request?.statement.stepId
  return steps.find(({ stepId }) => stepId === id)
}

const pinOf = ({ role, planStep }: Step) =>
  [role === "do" ? planStep : planStep.undo].filter((pin) => pin !== null)
