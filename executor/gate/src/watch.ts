// Following executions inside this process: word of every append here, and the doorbell of other processes.
// Owns: the list of followers. Does not own: anything that must arrive (INV-14: who waits looks again by itself).

import type { ExecutionId } from "@counterfoil/contracts"
import type { Doorbell } from "@counterfoil/contracts/ports"
import type { Execution } from "@counterfoil/core"

/** What a follower is told: which execution grew, and its committed state when it grew in this process. */
export type Heard = (executionId: ExecutionId, after: Execution | null) => void

/** Where followers listen, and where appends of this process are announced. */
export interface Watch {
  readonly announce: (after: Execution) => void
  /** Hears of every execution. Answers how to stop listening. */
  readonly listen: (heard: Heard) => () => void
  /** Hears of one execution alone: who waits for it need not hear of all others. Answers how to stop. */
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
  // One ear for all of them: an execution that grew elsewhere is known by its id alone.
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
