// A consumer of events that dies, forgets, and is sent everything twice and in disorder.
// What it accepts is judged by the trace: each entry once, in order, and the chain whole.

import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import {
  eventOfEntry,
  ListedEntry,
  ReceivedEvent,
  receiveEvent,
  startRelay,
  type EventReaderWorld,
  type ReadPosition,
} from "@counterfoil/server/outbound"
import { openNatsBus } from "@counterfoil/server/queue"
import { contractUrn, WorkerId, type ExecutionId } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { randomBytes } from "node:crypto"
import { diceOf } from "../replay/dice.ts"
import { startBusPlane, type BusPlane } from "../support/bus-plane.ts"
import { until } from "../support/until.ts"
import { storedEvents, streamEnd } from "./stored-events.ts"

let plane: BusPlane
let events: readonly ReceivedEvent[] = []

beforeAll(async () => {
  plane = await startBusPlane("read-events")
  const relay = startRelay({
    bus: await openNatsBus({ connection: plane.connection }),
    log: plane.records.log,
    holder: WorkerId.parse(mintId("wrk", Date.now(), randomBytes(10))),
    listen: () => () => undefined,
    tell: () => undefined,
    showsData: async () => true,
    addressOf: contractUrn,
  })
  await plane.work("read", 10)
  await until("last entry of the log in the stream", 40_000, async () =>
    (await streamEnd(plane.connection))?.id === (await plane.logged()).at(-1) ? true : null,
  )
  await relay.close()
  const stored = await storedEvents(plane.connection)
  events = stored.map(({ data }) => ReceivedEvent.parse(JSON.parse(new TextDecoder().decode(data))))
}, 90_000)
afterAll(() => plane.close())

/** A consumer with its own memory, which outlives it; `healed` lists what it had to ask for. */
function consumer() {
  const places = new Map<ExecutionId, ReadPosition>()
  const accepted: ReceivedEvent[] = []
  const healed: string[] = []
  const world: EventReaderWorld = {
    placeOf: (executionId) => Promise.resolve(places.get(executionId) ?? null),
    accept: (event, place) => {
      places.set(event.subject, place)
      accepted.push(event)
      return Promise.resolve()
    },
    heal: async (executionId, fromSeq) => {
      healed.push(`${executionId} ${fromSeq}`)
      const path = `/executions/${executionId}/trace?limit=1000&fromSeq=${fromSeq}`
      const { entries } = await must(
        call<{ readonly entries: readonly unknown[] }>(plane.url, plane.auditor, "GET", path),
      )
      return entries.map((entry) => eventOfEntry(ListedEntry.parse(entry)))
    },
  }
  return { world, accepted, healed }
}

const idsByExecution = (of: readonly ReceivedEvent[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(of, ({ subject }) => subject)).map(([subject, list]) => [
      subject,
      list?.map(({ id }) => id),
    ]),
  )

describe("reading events", { timeout: 60_000 }, () => {
  test("INV-07 each event is accepted once, in order, with its chain whole, after repetitions, gaps and disorder", async () => {
    const { world, accepted, healed } = consumer()
    const dice = diceOf(11)
    // Every event up to three times, a fifth of them lost, and neighbours changed about.
    const sent = events
      .flatMap((event, at) =>
        Array.from({ length: dice.below(5) === 0 ? 0 : 1 + dice.below(3) }, () => ({
          event,
          place: at + dice.below(8),
        })),
      )
      .toSorted((a, b) => a.place - b.place)
    for (const { event } of [...sent, ...events.map((event) => ({ event }))])
      expect((await receiveEvent(world, event)).ok).toBe(true)
    expect(idsByExecution(accepted)).toEqual(idsByExecution(events))
    expect(healed.length).toBeGreaterThan(0)
  })

  test("an event that was changed, or that comes from another chain, is shown as broken and not accepted", async () => {
    const { world, accepted } = consumer()
    const [first, second] = events.filter(({ subject }) => subject === events[0]?.subject)
    if (first === undefined || second === undefined) throw new Error("too few events")
    await receiveEvent(world, first)
    const forged = { ...second, prevhash: "0".repeat(64) }
    expect(await receiveEvent(world, forged)).toEqual({
      ok: false,
      error: { executionId: second.subject, seq: 2 },
    })
    const twin = { ...first, id: "1".repeat(64) }
    expect((await receiveEvent(world, twin)).ok).toBe(false)
    expect(accepted).toEqual([first])
  })
})
