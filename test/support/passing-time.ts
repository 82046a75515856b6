// A store whose time a test can advance: it returns a later time, and work that waits for a time is due sooner.
// Owns: the shift between the database's time and the control plane's. Does not own: the store.

import { addMs } from "@counterfoil/contracts"
import type { Append } from "@counterfoil/contracts/ports"
import type { PostgresStore } from "@counterfoil/store"

/** The shift; `pass` lets more time go by. */
export interface PassingTime {
  around(store: PostgresStore): PostgresStore
  pass(ms: number): void
}

/** Time that goes as the database's, until some is let pass. */
export function passingTime(): PassingTime {
  let passedMs = 0
  // The database finds what is due by its own clock.
  const shifted = (append: Append): Append => ({
    ...append,
    execution: {
      ...append.execution,
      wakeAt: append.execution.wakeAt === null ? null : addMs(append.execution.wakeAt, -passedMs),
    },
  })
  return {
    pass: (ms) => {
      passedMs += ms
    },
    around: (store) => ({
      ...store,
      clock: { now: () => addMs(store.clock.now(), passedMs) },
      now: async () => addMs(await store.now(), passedMs),
      append: (append) => store.append(shifted(append)),
      locked: (tenant, executionId, decide) =>
        store.locked(tenant, executionId, async (locked) => {
          const decision = await decide({ ...locked, now: addMs(locked.now, passedMs) })
          return decision.append === null ? decision : { ...decision, append: shifted(decision.append) }
        }),
    }),
  }
}
