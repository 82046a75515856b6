// Callbacks to send, in memory: the same laws as the table, virtual time.
// Owns: the rows. Does not own: when one becomes due (memory-store.ts), sending.

import { addMs, type Time } from "@counterfoil/contracts"
import type { Append, CallbackDelivery, CallbackQueue } from "@counterfoil/contracts/ports"

interface Row {
  readonly delivery: CallbackDelivery
  readonly since: Time
  readonly dueAt: Time
  readonly takenUntil: Time | null
  readonly endedAt: Time | null
}

/** The queue, and how an append adds to it. */
export interface MemoryCallbacks extends CallbackQueue {
  add(append: Append, callback: NonNullable<Append["callback"]>): void
}

/** An empty queue; `now` is its clock. */
export function memoryCallbacks(now: () => Time): MemoryCallbacks {
  const rows = new Map<string, Row>()
  const waiting = (): readonly Row[] =>
    [...rows.values()]
      .filter(({ endedAt }) => endedAt === null)
      .toSorted((a, b) => compare(placeOf(a), placeOf(b)))
  const isFree = ({ dueAt, takenUntil }: Row): boolean =>
    dueAt <= now() && (takenUntil === null || takenUntil <= now())
  return {
    add: ({ tenant, executionId, execution: { channel } }, { callbackId, seq }) => {
      const delivery = { tenant, executionId, seq, callbackId, channel, attempt: 0, lastCode: null }
      rows.set(keyOf(delivery), { delivery, since: now(), dueAt: now(), takenUntil: null, endedAt: null })
    },
    take: async (rooms, holdSeconds) =>
      rooms
        .flatMap(({ callbackId, room }) =>
          waiting()
            .filter((row) => row.delivery.callbackId === callbackId && isFree(row))
            .slice(0, room),
        )
        .map((row) => {
          const delivery = { ...row.delivery, attempt: row.delivery.attempt + 1 }
          rows.set(keyOf(delivery), { ...row, delivery, takenUntil: addMs(now(), holdSeconds * 1_000) })
          return delivery
        }),
    settle: async (taken, send) => {
      const row = rows.get(keyOf(taken))
      if (row === undefined) return
      if (send.kind === "delivered") rows.delete(keyOf(taken))
      else if (row.delivery.attempt === taken.attempt && row.endedAt === null)
        rows.set(keyOf(taken), {
          ...row,
          delivery: { ...row.delivery, lastCode: send.code },
          takenUntil: null,
          ...(send.kind === "again" ? { dueAt: addMs(now(), send.afterMs) } : { endedAt: now() }),
        })
    },
    giveUp: async (afterSeconds) => {
      for (const [key, { endedAt }] of rows)
        if (endedAt !== null && addMs(endedAt, keptMs) < now()) rows.delete(key)
      const old = waiting().filter(({ since }) => addMs(since, afterSeconds * 1_000) <= now())
      for (const row of old) rows.set(keyOf(row.delivery), { ...row, endedAt: now() })
      return old.map(({ delivery }) => delivery)
    },
  }
}

const keptMs = 30 * 86_400_000
const keyOf = ({ executionId, seq }: CallbackDelivery): string => `${executionId} ${seq}`
const placeOf = ({ dueAt, delivery }: Row): string => `${dueAt} ${keyOf(delivery)}`
const compare = (a: string, b: string): number => (a < b ? -1 : a === b ? 0 : 1)
