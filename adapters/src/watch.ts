// Following executions inside this process: word of every append here, and the doorbell of other processes.
// Owns: the list of followers. Does not own: anything that must arrive (INV-14: who waits looks again by itself).

import type { ExecutionId } from "@counterfoil/contracts"
import type { Doorbell } from "@counterfoil/contracts/ports"
import type { Execution } from "@counterfoil/executor/core"

/** What a follower is told: which execution grew, and its committed state when it grew in this process. */
export type Heard = (executionId: ExecutionId, after: Execution | null) => void

/** Where followers listen, and where appends of this process are announced. */
export interface Watch {
  readonly announce: (after: Execution) => void
  /** Answers how to stop listening. */
  readonly listen: (heard: Heard) => () => void
}

/** Followers of this process. */
export function openWatch(doorbell: Pick<Doorbell, "listen">): Watch {
  const followers = new Set<Heard>()
  // One ear for all of them: an execution that grew elsewhere is known by its id alone.
  doorbell.listen((executionId) => {
    for (const heard of followers) heard(executionId, null)
  })
  return {
    announce: (after) => {
      for (const heard of followers) heard(after.executionId, after)
    },
    listen: (heard) => {
      followers.add(heard)
      return () => {
        followers.delete(heard)
      }
    },
  }
}
