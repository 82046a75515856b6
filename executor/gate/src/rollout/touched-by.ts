// The effects of a candidate's contracts on one execution.
// Owns: the questions: which pins are gone, which requests are void, whether it can go on, which doubts cannot be settled.
// Does not own: reading executions (look-at-live.ts). Uses the executor's own core, so that the answers are what would happen.

import {
  hasDigest,
  type ApprovalId,
  type ContractRef,
  type Digest,
  type Registry,
} from "@counterfoil/contracts"
import { contractFactsOf, executionStatus, isLive, lacksContract, type Execution } from "@counterfoil/core"

/** One thing that a candidate touches, with the contract that does it. */
interface Hit<I extends string = string> {
  readonly id: I
  readonly contract: string
}

/** The effects of a candidate on an execution. `pins`: contracts that it was planned with and that no longer exist. */
interface TouchedExecution {
  readonly pins: readonly string[]
  readonly status: string
  readonly approvals: readonly Hit<ApprovalId>[]
  readonly inDoubt: readonly Hit[]
  readonly stuck: boolean
}

/**
 * Looks at one execution. `slices`: of live requests, the digest of the policy slice under the candidate; null where there is none.
 * Pure: the same execution, registry and slices give the same answer.
 */
export function touchedBy(
  execution: Execution,
  candidate: Registry,
  slices: ReadonlyMap<ApprovalId, Digest | null>,
): TouchedExecution {
  const gone = (pin: { readonly contract: ContractRef; readonly contractDigest: Digest }): boolean =>
    !hasDigest(candidate.find(pin.contract), pin.contractDigest)
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
        const { sliceDigest, contract } = one.statement
        const slice = slices.get(one.approvalId)
        const judgedOtherwise = slice !== undefined && slice !== sliceDigest
        const isVoid = judgedOtherwise || gone({ contract: contract.ref, contractDigest: contract.digest })
        return isVoid ? [{ id: one.approvalId, contract: contract.ref }] : []
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
