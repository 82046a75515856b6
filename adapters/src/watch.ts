// Following executions inside this process: word of every append here, and the doorbell of other processes.
// Owns: the list of followers. Does not own: anything that must arrive (INV-14: who waits looks again by itself).

import type { ExecutionId } from "@counterfoil/contracts"
import type { Doorbell } from "@counterfoil/contracts/ports"

/** Where followers listen, and where appends of this process are announced. */
export interface Watch {
  readonly announce: (executionId: ExecutionId) => void
  readonly listen: Doorbell["listen"]
}

/** Followers of this process. */
export function openWatch(doorbell: Pick<Doorbell, "listen">): Watch {
  const followers = new Set<(executionId: ExecutionId) => void>()
  return {
    announce: (executionId) => {
      for (const heard of followers) heard(executionId)
    },
    listen: (heard) => {
      followers.add(heard)
      const stop = doorbell.listen(heard)
      return () => {
        followers.delete(heard)
        stop()
      }
    },
  }
}
