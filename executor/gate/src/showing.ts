// For every contract that shows executions or parts of them, the read that decides what its answer shows.
// Owns: the tables. Does not own: the decision (authorise.ts), nor how a list is narrowed by it (reach.ts).
// A list or stream shows what the read of the same thing shows. Other reads that show a trace stop where a rule forbids reading it.

import {
  approvalList,
  contractDrift,
  evidenceExport,
  executionApprove,
  executionGet,
  executionList,
  executionReject,
  policyExplain,
  traceGet,
  type Callable,
  type ContractRef,
} from "@counterfoil/contracts"

/** Calls about several executions, each of which is decided by itself: a grant for some of them admits such a call. */
export const aboutSeveral: ReadonlySet<ContractRef> = new Set(
  [executionList, approvalList, contractDrift, executionApprove, executionReject].map(({ ref }) => ref),
)

/** The read that decides each row of a list, by the list; requests for approval have no read but their list. */
export const rowsBy = {
  executions: executionGet,
  subjects: traceGet,
  approvals: approvalList,
  rollouts: traceGet,
  events: traceGet,
} as const satisfies Readonly<Record<string, Callable>>

/** Reads with a decision of their own that show a trace, or what only a trace says. */
export const alsoShowTrace: ReadonlySet<ContractRef> = new Set(
  [evidenceExport, policyExplain].map(({ ref }) => ref),
)
