// The level of an approval request: whom it asks, for how long, and what happens when no one answers.
// Owns: reading obligations level by level. Does not own: timers (executor). Escalation changes who, never how many.

import type { Duration, Fallback, Obligations } from "@counterfoil/contracts"

/** What holds at one level. */
export interface ApprovalLevel {
  readonly timeout: Duration
  /** What the time-out does; the last level never escalates. */
  readonly fallback: Fallback
  /** The obligations with this level's roles. */
  readonly obligations: Obligations
}

/** The given level of some obligations, counted from 0; levels past the last are the last. */
export function approvalLevel(obligations: Obligations, level: number): ApprovalLevel {
  const { escalateTo, onTimeout, quorum, timeouts } = obligations
  const at = Math.min(level, escalateTo.length)
  const role = at === 0 ? undefined : escalateTo[at - 1]
  const humans = quorum.reduce((sum, { count }) => sum + count, 0)
  const fallback = onTimeout !== "escalate" ? onTimeout : at < escalateTo.length ? "escalate" : "expire"
  const timeout = timeouts[Math.min(at, timeouts.length - 1)] ?? defaultTimeout
  return {
    timeout,
    fallback,
    obligations:
      role === undefined ? obligations : { ...obligations, quorum: [{ role, count: Math.min(humans, 5) }] },
  }
}

const defaultTimeout = "PT4H" as Duration
