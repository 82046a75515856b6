// The laws of the bus port, which JetStream and PostgreSQL pass alike.
// Owns: the laws. Does not own: opening either bus, nor looking behind the port (a harness does).

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { ContractRef, ExecutionId, TenantId, type Digest } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import { BusUnavailable, type Bus, type BusEvent, type Submission } from "@counterfoil/contracts/ports"
import { until } from "../support/until.ts"

/** A bus with the ways behind the port that its laws need. */
export interface BusHarness {
  readonly bus: Bus
  /** Another process on the same bus. */
  readonly other: Bus
  /** The ids of the events that are stored, in their order. */
  stored(): Promise<readonly string[]>
  /** Makes the stream of events anew, as losing its disk does. */
  wipe(): Promise<void>
  /** Takes the server away, and brings it back with what it has on disk. */
  away(): Promise<void>
  back(): Promise<void>
  close(): Promise<void>
}

const tenant = TenantId.parse("acme")
const executionId = ExecutionId.parse("exe_01kaz3v8g0e8r4n2t6w0y3b5d7")
const longMs = 20_000

/** An event of a log, by its position. */
export const eventAt = (position: number): BusEvent => ({
  id: blobDigest(utf8(`event ${position}`)),
  tenant,
  executionId,
  kind: ContractRef.parse("controlPlane.execution.started@1"),
  position,
  body: utf8(`{"position":${position}}`),
})
const eventsAt = (...positions: readonly number[]): readonly BusEvent[] => positions.map(eventAt)
const idsAt = (...positions: readonly number[]): readonly Digest[] =>
  eventsAt(...positions).map(({ id }) => id)

const request = (text: string) => ({
  authorization: `Bearer cft_${"a".repeat(43)}`,
  key: `key of ${text}`,
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  body: utf8(JSON.stringify({ text })),
})

/** Runs the laws on one form of the bus. */
export function busLaws(name: string, open: () => Promise<BusHarness>): void {
  describe(`the bus on ${name}`, { timeout: 60_000 }, () => {
    let harness: BusHarness
    let bus: Bus
    beforeAll(async () => {
      harness = await open()
      bus = harness.bus
    }, 60_000)
    afterAll(() => harness.close())

    const taken = (from = bus): Promise<Submission> => until("submission", longMs, () => from.take())

    test("INV-14 events are stored in order, and the end names the last", async () => {
      const { number, last } = await bus.end()
      expect({ number, last }).toEqual({ number: 0, last: null })
      expect(await bus.publish(0, eventsAt(1, 2, 3))).toBe(3)
      expect(await bus.end()).toMatchObject({ number: 3, last: { id: eventAt(3).id, position: 3 } })
      expect(await harness.stored()).toEqual(idsAt(1, 2, 3))
    })

    test("an event that leaves a gap is refused, and nothing behind it is stored", async () => {
      expect(await bus.publish(4, eventsAt(5, 6))).toBe(0)
      expect(await harness.stored()).toEqual(idsAt(1, 2, 3))
    })

    test("an event that is already stored is not stored twice, whichever relay sends it", async () => {
      await harness.other.publish(2, eventsAt(3, 4))
      await bus.publish(2, eventsAt(3, 4))
      const { number } = await bus.end()
      await bus.publish(number, number === 3 ? eventsAt(4) : [])
      expect(await harness.stored()).toEqual(idsAt(1, 2, 3, 4))
    })

    test("of two that publish from one number at once, each event is stored once and in order", async () => {
      const run = Array.from({ length: 300 }, (_, at) => 5 + at)
      await Promise.all([bus.publish(4, eventsAt(...run)), harness.other.publish(4, eventsAt(...run))])
      const { number } = await bus.end()
      await bus.publish(number, eventsAt(...run.filter((position) => position > number)))
      expect(await harness.stored()).toEqual(idsAt(1, 2, 3, 4, ...run))
    })

    test("a stream that was made anew has another name and starts at 0", async () => {
      const before = await bus.end()
      await harness.wipe()
      const after = await bus.end()
      expect(after).toMatchObject({ number: 0, last: null })
      expect(after.stream).not.toBe(before.stream)
      expect(await bus.publish(before.number, eventsAt(305))).toBe(0)
      expect(await bus.publish(0, eventsAt(1))).toBe(1)
    })

    test("INV-13 a submission comes with its key, its context and the hash of its token, and once it is acknowledged no more", async () => {
      await bus.submit(tenant, request("first"))
      const first = await taken()
      const { authorization, ...rest } = request("first")
      expect(first).toMatchObject({ key: rest.key, traceparent: rest.traceparent, tenant, deliveries: 1 })
      expect(Buffer.from(first.body).toString()).toBe(Buffer.from(rest.body).toString())
      expect(first.tokenHash).toBe(blobDigest(utf8(authorization.slice("Bearer ".length))))
      first.working()
      await first.ack()
      expect(await bus.take()).toBeNull()
    })

    test("a submission that is given back comes again as the same message, and says how often", async () => {
      await bus.submit(tenant, request("again"))
      const first = await taken()
      await first.nak(100)
      const second = await taken(harness.other)
      expect([second.messageId, second.deliveries]).toEqual([first.messageId, 2])
      await second.term()
      expect(await bus.take()).toBeNull()
    })

    test("INV-10 equal keys of two tenants are two submissions", async () => {
      const others = TenantId.parse("other")
      await Promise.all([bus.submit(tenant, request("same")), bus.submit(others, request("same"))])
      const both = [await taken(), await taken()]
      expect(both.map((each) => each.tenant).toSorted()).toEqual([tenant, others])
      await Promise.all(both.map((each) => each.ack()))
    })

    test("hands that wait for nothing all end within seconds, however many they are", async () => {
      const begun = performance.now()
      const hands = Array.from({ length: 16 }, () => bus.take())
      expect(new Set(await Promise.all(hands))).toEqual(new Set([null]))
      expect(performance.now() - begun).toBeLessThan(10_000)
    })

    test("no submission is in two hands, and none is left", async () => {
      const texts = Array.from({ length: 40 }, (_, at) => `text ${at}`)
      await Promise.all(texts.map((text) => bus.submit(tenant, request(text))))
      const seen: string[] = []
      const hand = async (from: Bus): Promise<void> => {
        while (seen.length < texts.length) {
          const one = await from.take()
          if (one === null) continue
          seen.push(one.key ?? "")
          await one.ack()
        }
      }
      await Promise.all([hand(bus), hand(bus), hand(harness.other)])
      expect(seen.toSorted()).toEqual(texts.map((text) => `key of ${text}`).toSorted())
    })

    test("INV-14 while it is away nothing is stored and it says so; what was stored is there when it is back", async () => {
      await bus.submit(tenant, request("kept"))
      const stored = await harness.stored()
      await harness.away()
      expect(await bus.publish(stored.length, eventsAt(2))).toBe(0)
      await expect(bus.end()).rejects.toBeInstanceOf(BusUnavailable)
      await expect(bus.submit(tenant, request("lost"))).rejects.toBeInstanceOf(BusUnavailable)
      await harness.back()
      await until("event stored", longMs, async () =>
        (await bus.publish((await endOnceBack(bus)).number, eventsAt(2))) === 1 ? true : null,
      )
      expect(await harness.stored()).toEqual([...stored, ...idsAt(2)])
      const kept = await until("submission", longMs, () => bus.take().catch(() => null))
      expect(kept.key).toBe("key of kept")
      await kept.ack()
    })
  })
}

const endOnceBack = (bus: Bus) => until("bus", longMs, () => bus.end().catch(() => null))
