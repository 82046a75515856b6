// The pure core of the executor: state, transitions, what comes next. No clock, no chance, no IO.

export {
  approvalDigestOf,
  excludedFrom,
  previewDigestOf,
  previewOf,
  requestFacts,
} from "./approval-statement.ts"
export type { Opening } from "./approval-statement.ts"
export { isLive, statusAt } from "./approval-status.ts"
export { consume, startedFact } from "./consume.ts"
export type { Consumption, SeenUnderLock, StartedUnder } from "./consume.ts"
export { contractFactsOf } from "./contract-facts.ts"
export type { ContractFacts, ContractLookup } from "./contract-facts.ts"
export { control, inFlightOf, toUndoOf } from "./control.ts"
export type { ControlCommand } from "./control.ts"
export { evolve } from "./evolve.ts"
export { approvalEntries, isUsed } from "./evolve-approval.ts"
export { stepEntries } from "./evolve-step.ts"
export { executionStatus, isCall, isStopping, waitingFor } from "./execution-status.ts"
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
} from "./execution.ts"
export { explainExecution } from "./explain-execution.ts"
export { stepCountsOf } from "./finish.ts"
export { foldEntries, foldTrace, recordedFact } from "./fold-trace.ts"
export { lookAhead, nextWork, wakeAt } from "./next-work.ts"
export { outcomeFacts, probeFacts } from "./outcome-facts.ts"
export type { Answered, OutcomeAnswer } from "./outcome-facts.ts"
export { blockedFact, decidedFacts, decidedOf, policyQuestion, policyRequestOf } from "./policy-question.ts"
export type { AskedNow, Decided, PolicyQuestion } from "./policy-question.ts"
export { projectApprovals, projectExecution } from "./project.ts"
export { clockSkewMs, graceMs, inDoubtNotBefore, recover, windowUsedPercent } from "./recover.ts"
export type { LostAttempt, Recovery } from "./recover.ts"
export { retryDelayMs, retryPolicy } from "./retry-delay.ts"
export type { RetryPolicy } from "./retry-delay.ts"
export { currentOf, review, withdrawalFacts } from "./review.ts"
export type { ReviewCommand, Reviewed } from "./review.ts"
export { lacksContract, neededContracts } from "./lacks-contract.ts"
export { resolvedInput } from "./scope.ts"
export { callOf, callsOnce, contractOf } from "./step-call.ts"
export type { Obstacle, StepCall, StepCalls, StepContract } from "./step-call.ts"
export type { Dispatch, Facts1, Outlook, Request, SentAttempt, Work } from "./work.ts"
