// Where an approval request is, by its trace and by the time.
// Owns: those two questions. Does not own: what is due for a request (approval-work.ts).

import { approvalStatusAt, isAnswerable, type ApprovalStatus, type Time } from "@counterfoil/contracts"
import type { Approval } from "./execution.ts"

/** True while, by its trace, a request can be answered or consumed. `statusAt` also takes the time into account. */
export const isLive = ({ state }: Approval): boolean => isAnswerable(state.status)

/** Where a request is at `now`: expired as soon as its time is over, whether or not that is written yet. */
export const statusAt = ({ state, expiresAt }: Approval, now: Time): ApprovalStatus =>
  approvalStatusAt({ status: state.status, expiresAt }, now)
