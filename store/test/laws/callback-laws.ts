// The laws of callbacks: written with the entry that they announce, sent at least once, given up after a stated time.
// Owns: the sentences, for every store. Does not own: what is sent, and to where (adapters).

import type { CallbackId, ExecutionId, TenantId } from "@counterfoil/contracts"
import type { Append, CallbackDelivery, TraceStore } from "@counterfoil/contracts/ports"
import { beforeEach, describe, expect, test } from "vitest"
import { sampleAppend, sampleNext, sampleTenant } from "./sample-append.ts"

const ended = { status: "completed", endedAt: "2026-11-21T08:36:00.000Z" } as const
const ours = "release-done" as CallbackId
const other = "orders-done" as CallbackId
const holdSeconds = 60

/** Runs the laws against stores that `open` gives: each time an empty one. */
export function callbackLaws(name: string, open: () => Promise<TraceStore>): void {
  let store: TraceStore
  let tenant: TenantId
  beforeEach(async () => {
    store = await open()
    tenant = sampleTenant()
  })

  const put = async (append: Append): Promise<ExecutionId> => {
    expect((await store.append(append)).kind).toBe("appended")
    return append.executionId
  }
  const due = (callback: CallbackId = ours): Promise<ExecutionId> =>
    put(sampleAppend({ tenant, ...ended, callback }))
  const take = (room = 10, hold = holdSeconds) => store.callbacks.take([{ callbackId: ours, room }], hold)
  const one = async (hold = holdSeconds): Promise<CallbackDelivery> => {
    const [taken] = await take(1, hold)
    if (taken === undefined) throw new Error("nothing was due")
    return taken
  }

  describe(`${name} keeps the laws of callbacks`, { timeout: 20_000 }, () => {
    test("INV-14 a callback is stored when its append was answered, for a new execution or a later append", async () => {
      const first = await due()
      const made = sampleAppend({ tenant })
      await put(made)
      expect(await take()).toEqual([
        {
          tenant,
          executionId: first,
          seq: 1,
          callbackId: ours,
          channel: "http",
          attempt: 1,
          lastCode: null,
        },
      ])
      await put(sampleNext(made, { ...ended, entries: 2, callback: ours }))
      expect(await take()).toMatchObject([{ executionId: made.executionId, seq: 3 }])
    })

    test("INV-07 an append that was not written leaves no callback, and other appends of the batch keep theirs", async () => {
      const made = sampleAppend({ tenant })
      await put(made)
      const [stale, fresh] = [
        sampleNext(made, { fence: 7, ...ended, callback: ours }),
        sampleAppend({ tenant, ...ended, callback: ours }),
      ]
      const answers = await Promise.all([store.append(stale), store.append(fresh)])
      expect(answers.map(({ kind }) => kind)).toEqual(["stale", "appended"])
      expect((await take()).map(({ executionId }) => executionId)).toEqual([fresh.executionId])
    })

    test("a callback that one process holds goes to no other, until the time is over", async () => {
      const id = await due()
      const both = await Promise.all([take(), take()])
      expect(both.flat()).toMatchObject([{ executionId: id, attempt: 1 }])
      const next = await due()
      expect(await take(1, 0)).toMatchObject([{ executionId: next, attempt: 1 }])
      expect(await take(1, 0)).toMatchObject([{ executionId: next, attempt: 2 }])
    })

    test("each callback has its own room, and those that are not asked for stay", async () => {
      for (let n = 0; n < 3; n += 1) await due(ours)
      await due(other)
      const taken = await store.callbacks.take(
        [
          { callbackId: ours, room: 2 },
          { callbackId: other, room: 2 },
        ],
        holdSeconds,
      )
      expect(taken.map(({ callbackId }) => callbackId).toSorted()).toEqual([other, ours, ours])
      expect(await take()).toHaveLength(1)
      expect(await store.callbacks.take([], holdSeconds)).toEqual([])
    })

    test("a callback that any process delivered is done; one to be sent again is due at its stated time", async () => {
      await due()
      const early = await one(0)
      await store.callbacks.settle(early, { kind: "again", code: "refused", afterMs: 0 })
      const late = await one(0)
      expect(late).toMatchObject({ attempt: 2, lastCode: "refused" })
      await store.callbacks.settle(late, { kind: "again", code: "lost", afterMs: 60_000 })
      expect(await take()).toEqual([])
      await store.callbacks.settle(early, { kind: "delivered" })
      expect(await store.callbacks.giveUp(0)).toEqual([])
    })

    test("who was overtaken says nothing of when it is due", async () => {
      await due()
      const slow = await one(0)
      const current = await one()
      await store.callbacks.settle(slow, { kind: "again", code: "lost", afterMs: 0 })
      await store.callbacks.settle(slow, { kind: "stopped", code: "gone" })
      expect(await take()).toEqual([])
      await store.callbacks.settle(current, { kind: "again", code: "lost", afterMs: 0 })
      expect(await take()).toMatchObject([{ attempt: 3 }])
    })

    test("what was stopped or given up is not sent again, and what waited too long is given up once", async () => {
      await due()
      await store.callbacks.settle(await one(), { kind: "stopped", code: "gone" })
      const [old, unregistered] = [await due(), await due(other)]
      expect(await store.callbacks.giveUp(3_600)).toEqual([])
      const givenUp = await store.callbacks.giveUp(0)
      expect(givenUp.map(({ executionId }) => executionId).toSorted()).toEqual([old, unregistered].toSorted())
      expect([await store.callbacks.giveUp(0), await take()]).toEqual([[], []])
    })
  })
}
