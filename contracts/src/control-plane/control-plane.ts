// Every contract of the control plane that this release serves.
// Owns: the list. Does not own: handlers; the start fails when one of these has none.

import type { Callable, Contract } from "../define/contract.ts"
import { approvalList, executionApprove, executionReject } from "./approval.ts"
import { contractList, evidenceExport, policyExplain, policyRead, traceErase, traceGet } from "./audit.ts"
import { capabilityIntroduce } from "./capability-introduction.ts"
import { contractAdopt, contractDrift } from "./contract-drift.ts"
import { controlPlaneEvents } from "./events.ts"
import {
  executionCancel,
  executionGet,
  executionList,
  executionPause,
  executionResolve,
  executionResume,
  executionRetry,
  executionStart,
} from "./execution.ts"
import {
  grantGive,
  grantRevoke,
  policyActivate,
  principalAdd,
  principalDisable,
  principalEnable,
} from "./governance.ts"
import { ownerRecover } from "./owner-recovery.ts"
import { intentSubmit, planCompile, planVerify } from "./intent-and-plan.ts"
import { quarantineList } from "./quarantine.ts"

/** Commands and queries, in the order of the documentation. */
export const controlPlaneCallables: readonly Callable[] = [
  intentSubmit,
  planCompile,
  planVerify,
  executionStart,
  executionApprove,
  executionReject,
  executionCancel,
  executionPause,
  executionResume,
  executionRetry,
  executionResolve,
  evidenceExport,
  executionGet,
  executionList,
  approvalList,
  quarantineList,
  traceGet,
  policyExplain,
  policyRead,
  contractList,
  contractDrift,
  contractAdopt,
  capabilityIntroduce,
  policyActivate,
  grantGive,
  grantRevoke,
  principalAdd,
  principalDisable,
  principalEnable,
  ownerRecover,
  traceErase,
]

/** Everything, events included. */
export const controlPlaneContracts: readonly Contract[] = [...controlPlaneCallables, ...controlPlaneEvents]
