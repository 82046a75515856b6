// Following executions inside this process: notifications of every append here, and the doorbell of other processes.
// Owns: the list of followers. Does not own: anything that must arrive (INV-14: a follower also reads again by itself).

import type { ExecutionId } from "@counterfoil/contracts"
import type { Doorbell } from "@counterfoil/contracts/ports"
import type { Execution } from "@counterfoil/core"

/** Notifies a follower: which execution grew, and its committed state when it grew in this process. */
export type Heard = (executionId: ExecutionId, after: Execution | null) => void

/** Followers listen here, and appends of this process are announced here. */
export interface Watch {
  readonly announce: (after: Execution) => void
  /** Notified of every execution. Returns the function that stops it. */
  readonly listen: (heard: Heard) => () => void
  /** Notified of one execution alone. Returns the function that stops it. */
  readonly follow: (executionId: ExecutionId, heard: (after: Execution | null) => void) => () => void
}

/** Followers of this process. */
export function openWatch(doorbell: Pick<Doorbell, "listen">): Watch {
  const everything = new Set<Heard>()
  const followers = new Map<ExecutionId, Set<(after: Execution | null) => void>>()
  const tell: Heard = (executionId, after) => {
    for (const heard of everything) heard(executionId, after)
    for (const heard of followers.get(executionId) ?? []) heard(after)
  }
  // One subscription for all of them: of an execution that grew elsewhere only the id is known.
  doorbell.listen((executionId) => tell(executionId, null))
  return {
    announce: (after) => tell(after.executionId, after),
    listen: (heard) => {
      everything.add(heard)
      return () => {
        everything.delete(heard)
      }
    },
    follow: (executionId, heard) => {
      const others = followers.get(executionId) ?? new Set()
      followers.set(executionId, others.add(heard))
      return () => {
        others.delete(heard)
        if (others.size === 0 && followers.get(executionId) === others) followers.delete(executionId)
      }
    },
  }
}
