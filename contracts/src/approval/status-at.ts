// The status of an approval request at a time, from its trace and from whether its time is over.
// Keeps INV-02: a request whose time is over is answered and used by no one, whether or not a worker has written that it expired.

import type { ApprovalStatus, Time } from "../primitives.ts"

/**
 * The status of a request at `now`, a time by the database's clock. One that is recorded as open or approved and whose time
 * is over is `expired`: what its fallback makes of it is written later, and a person's answer counts no more.
 */
export function approvalStatusAt(
  { status, expiresAt }: { readonly status: ApprovalStatus; readonly expiresAt: Time },
  now: Time,
): ApprovalStatus {
  return isAnswerable(status) && now >= expiresAt ? "expired" : status
}

/** True for the two states in which a request takes an answer or can be used. */
export const isAnswerable = (status: ApprovalStatus): boolean => status === "open" || status === "approved"
