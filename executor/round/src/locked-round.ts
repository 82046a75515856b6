// A round under the lock of its execution's row: lock, begin, act, look ahead, append; all of it one transaction.
// Owns: that order. Does not own: what is decided under the lock (its callers), nor the lock itself (store).
// Keeps INV-07 (written under the fence that was read) and INV-09 (what cannot follow is refused before it is written).

import type { ExecutionId, Result, TenantId } from "@counterfoil/contracts"
import type { LockedDecision, LockedExecution } from "@counterfoil/contracts/ports"
import { lookAhead, type Execution } from "@counterfoil/core"
import { beginTransition, type Transition } from "./transition.ts"
import type { World } from "./world.ts"

/** What is done under the lock. */
interface LockedRound<T> {
  /** The state to begin from, or the answer when nothing is to be decided. */
  readonly begin: (locked: LockedExecution) => Promise<Result<Execution, T>>
  /** Adds the facts to write to the draft. `locked.now` is the time that they will have. */
  readonly act: (locked: LockedExecution, draft: Transition) => Promise<Omit<LockedDecision<T>, "append">>
}

/** Runs a round under the lock, and appends what it added; null when the tenant has no such execution. */
export const lockedRound = <T>(
  world: Pick<World, "environment" | "kindDigest" | "store" | "contracts">,
  { tenant, executionId }: { readonly tenant: TenantId; readonly executionId: ExecutionId },
  { begin, act }: LockedRound<T>,
): Promise<T | null> =>
  world.store.locked<T>(tenant, executionId, async (locked) => {
    const before = await begin(locked)
    if (!before.ok) return { append: null, remember: null, answer: before.error }
    const draft = beginTransition(
      world,
      { tenant, executionId, fence: locked.fence, time: locked.now },
      before.value,
    )
    // Decision and entries have one time, also just after an entry with a later time from another process's clock.
    const decision = await act({ ...locked, now: draft.time }, draft)
    if (draft.isEmpty()) return { append: null, ...decision }
    const { wakeAt } = lookAhead(draft.execution(), draft.time, world.contracts)
    return { append: draft.append({ wakeAt }), ...decision }
  })
