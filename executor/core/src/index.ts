// The pure core of the executor: state, transitions, what comes next. No clock, no chance, no IO.

export {
  approvalDigestOf,
  excludedFrom,
  previewDigestOf,
  previewOf,
  requestFacts,
} from "./facts/approval-statement.ts"
export type { Opening } from "./facts/approval-statement.ts"
export { isLive, statusAt } from "./state/approval-status.ts"
export { consume, startedFact } from "./facts/consume.ts"
export type { Consumption, SeenUnderLock, StartedUnder } from "./facts/consume.ts"
export { contractFactsOf } from "./state/contract-facts.ts"
export type { ContractFacts, ContractLookup } from "./state/contract-facts.ts"
export { control, inFlightOf, toUndoOf } from "./facts/control.ts"
export type { ControlCommand } from "./facts/control.ts"
export { evolve } from "./state/evolve.ts"
export { approvalEntries, isUsed } from "./state/evolve-approval.ts"
export { stepEntries } from "./state/evolve-step.ts"
export { executionStatus, isCall, isStopping, waitingFor } from "./state/execution-status.ts"
export type {
  Approval,
  ApprovalState,
  BoundVerdict,
  Execution,
  IllegalEntry,
  IntentFacts,
  Life,
  PlanFacts,
  RecordedFact,
  ReviewRecord,
  Sent,
  Step,
  StepFailure,
  StepState,
  Tries,
} from "./state/execution.ts"
export { explainExecution } from "./state/explain-execution.ts"
export { stepCountsOf } from "./due/finish.ts"
export { foldEntries, foldTrace, recordedFact } from "./state/fold-trace.ts"
export { lookAhead, nextWork, wakeAt } from "./due/next-work.ts"
export { outcomeFacts, probeFacts } from "./facts/outcome-facts.ts"
export type { AnsweredStep, OutcomeAnswer } from "./facts/outcome-facts.ts"
export {
  blockedFact,
  decidedFacts,
  decidedOf,
  policyQuestion,
  policyRequestOf,
} from "./facts/policy-question.ts"
export type { AskedNow, Decided, PolicyQuestion } from "./facts/policy-question.ts"
export { projectApprovals, projectExecution } from "./due/project.ts"
export { clockSkewMs, graceMs, inDoubtNotBefore, recover, windowUsedPercent } from "./facts/recover.ts"
export type { LostAttempt, Recovery } from "./facts/recover.ts"
export { retryDelayMs, retryPolicy } from "./facts/retry-delay.ts"
export type { RetryPolicy } from "./facts/retry-delay.ts"
export { currentOf, review, withdrawalFacts } from "./facts/review.ts"
export type { ReviewCommand, Reviewed } from "./facts/review.ts"
export { lacksContract, neededContracts } from "./state/lacks-contract.ts"
export { resolvedInput } from "./state/scope.ts"
export { callOf, callsOnce, contractOf } from "./state/step-call.ts"
export type { Obstacle, StepCall, StepCalls, StepContract } from "./state/step-call.ts"
export type { Dispatch, Facts1, Outlook, Request, SentAttempt, Work } from "./facts/work.ts"
