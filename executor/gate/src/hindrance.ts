// What currently keeps an approved step from running: an approval's answer states it beside the status.
// Owns: the reasons, in the order in which they count. Does not own: what happens to the step (executor core and worker).
// Keeps INV-02: an approval under a contract that is gone is refused, and one under another verdict says so.

import { refuse, type ApprovalHindrance, type ContractRef, type Refusal } from "@counterfoil/contracts"
import type { LockedExecution } from "@counterfoil/contracts/ports"
import { decideStep, requesterChainNow, type World } from "@counterfoil/round"
import {
  callOf,
  contractOf,
  isStopping,
  policyQuestion,
  type Approval,
  type Execution,
  type Step,
} from "@counterfoil/core"

const heldStep = (execution: Execution, { approvalId }: Approval): Step | undefined =>
  execution.steps.find(({ state }) => state.status === "held" && state.approvalId === approvalId)

/** The refusal to approve a step whose contract is not registered as it was planned: the step could not run. Null when it is. */
export function contractGone(
  { contracts }: Pick<World, "contracts">,
  execution: Execution,
  approval: Approval,
): Refusal | null {
  const step = heldStep(execution, approval)
  return step === undefined || contractOf(step, contracts).ok
    ? null
    : goneContract(approval.statement.contract.ref)
}

/** The answer about a request that is bound to a contract which is no longer registered. */
export const goneContract = (what: ContractRef): Refusal => refuse("RESUME_REFUSED", { what })

/** Why the step of a request would not start even when all have approved; null when nothing prevents it. */
export async function hindranceOf(
  world: World,
  locked: LockedExecution,
  execution: Execution,
  approval: Approval,
): Promise<ApprovalHindrance | null> {
  const step = heldStep(execution, approval)
  if (step === undefined) return null
  const { plan, pause } = execution
  if (step.role === "do" && isStopping(execution)) return "ending"
  if (step.role === "do" && plan !== null && locked.now >= plan.deadline) return "deadlinePassed"
  if (await isJudgedOtherwise(world, locked, execution, step)) return "policyChanged"
  return pause === null ? null : "paused"
}

/** True when the policy in force gives the step another verdict than the one that the request is bound to. */
async function isJudgedOtherwise(
  world: World,
  locked: LockedExecution,
  execution: Execution,
  step: Step,
): Promise<boolean> {
  const call = callOf(execution, step, world.contracts)
  if (!call.ok || step.verdict === null) return false
  const question = policyQuestion(step, call.value, step.role === "undo" ? "undo" : "binding")
  const chain = await requesterChainNow(locked.directory, execution, question.capability)
  const policies = await world.policies(execution.tenant, locked.policySetDigest)
  const decided = decideStep(execution, question, { policies, chain, now: locked.now })
  return decided.verdictDigest !== step.verdict.digest
}
