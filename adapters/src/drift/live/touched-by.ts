// What the contracts of a candidate do to one execution.
// Owns: the questions: which pins are gone, which requests are void, whether it can go on, which doubts cannot be settled.
// Does not own: reading executions (look-at-live.ts). Asks the executor's own core, so that it answers what would happen.

import type { ApprovalId, ContractRef, Digest, Registry } from "@counterfoil/contracts"
import {
  contractFactsOf,
  executionStatus,
  isLive,
  lacksContract,
  type Execution,
} from "@counterfoil/executor/core"

/** One thing that a candidate touches, with the contract whose pin is gone. */
export interface Hit<I extends string = string> {
  readonly id: I
  readonly contract: string
}

/** What a candidate does to an execution. `pins`: contracts that it was planned with and that are not there any more. */
export interface TouchedExecution {
  readonly pins: readonly string[]
  readonly status: string
  readonly approvals: readonly Hit<ApprovalId>[]
  readonly inDoubt: readonly Hit[]
  readonly stuck: boolean
}

/** Looks at one execution. Pure: the same execution and registry give the same answer. */
export function touchedBy(execution: Execution, candidate: Registry): TouchedExecution {
  const gone = (pin: { readonly contract: ContractRef; readonly contractDigest: Digest }): boolean =>
    candidate.find(pin.contract)?.digest !== pin.contractDigest
  const plan = execution.plan?.plan ?? null
  const pinned =
    plan === null ? [] : [...(plan.intent === null ? [] : [plan.intent]), ...plan.steps.flatMap(callsOf)]
  const pins = [...new Set(pinned.filter(gone).map(({ contract }) => contract))].toSorted()
  const closed = "endedAt" in execution.life
  return {
    pins,
    status: executionStatus(execution),
    approvals: execution.approvals
      .filter((one) => isLive(one))
      .flatMap((one): readonly Hit<ApprovalId>[] => {
        const { ref, digest } = one.statement.contract
        return gone({ contract: ref, contractDigest: digest }) ? [{ id: one.approvalId, contract: ref }] : []
      }),
    inDoubt: execution.steps
      .filter((step) => step.state.status === "inDoubt" && gone(step.planStep))
      .map((step) => ({ id: step.key, contract: step.planStep.contract })),
    stuck: !closed && lacksContract(execution, (ref) => factsOf(candidate, ref)),
  }
}

const factsOf = (candidate: Registry, ref: ContractRef) => {
  const contract = candidate.callable(ref)
  return contract === undefined ? null : contractFactsOf(contract)
}

type PlanStep = NonNullable<Execution["plan"]>["plan"]["steps"][number]
const callsOf = (step: PlanStep) => [step, ...(step.undo === null ? [] : [step.undo])]
