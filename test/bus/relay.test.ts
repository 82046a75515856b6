// The relay on a real control plane, PostgreSQL and nats-server, while one or the other is killed, wiped or doubled.
// The judge is the order of the log: the stream holds each of its entries once, in that order.

import { fork, type ChildProcess } from "node:child_process"
import { randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import { jetstreamManager } from "@nats-io/jetstream"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { openNatsBus } from "@counterfoil/server/queue"
import { ReceivedEvent, startRelay, type Relay, type RelayEvent } from "@counterfoil/server/outbound"
import { contractUrn, WorkerId } from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { eventSubject, natsStreams } from "@counterfoil/contracts/nats"
import { startBusPlane, type BusPlane } from "../support/bus-plane.ts"
import { diceOf } from "../replay/dice.ts"
import { until } from "../support/until.ts"
import { storedEvents, streamEnd } from "./stored-events.ts"

const childFile = fileURLToPath(new URL("../support/relay.child.ts", import.meta.url))
const longMs = 40_000

let plane: BusPlane
const running = new Set<{ stop(): Promise<void> }>()
beforeAll(async () => {
  plane = await startBusPlane("relay")
}, 60_000)
afterEach(async () => {
  await Promise.all([...running].map((each) => each.stop()))
  running.clear()
  // What a killed relay held is not waited for by the next test.
  await lapse()
})
afterAll(() => plane.close())

/** A relay in this process, and the events that it reported. */
async function relayHere(): Promise<{ readonly relay: Relay; readonly told: RelayEvent[] }> {
  const told: RelayEvent[] = []
  const relay = startRelay({
    bus: await openNatsBus({ connection: plane.connection }),
    log: plane.records.log,
    holder: WorkerId.parse(mintId("wrk", Date.now(), randomBytes(10))),
    listen: () => () => undefined,
    tell: (event) => told.push(event),
    showsData: async () => true,
    addressOf: contractUrn,
  })
  running.add({ stop: () => relay.close() })
  return { relay, told }
}

/** A relay in a process of its own; it kills itself before one of its moves, or is killed. */
function relayThere(movesBeforeDeath?: number): ChildProcess {
  const more = movesBeforeDeath === undefined ? [] : [String(movesBeforeDeath)]
  const child = fork(childFile, [plane.databaseUrl, plane.nats.url, ...more], { execArgv: [] })
  running.add({ stop: () => killed(child) })
  return child
}

/** Ends the lease of the relay whose turn it was, as time would. */
const lapse = () => plane.owner.query("update relay_cursor set lease_until = clock_timestamp()")

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once("exit", resolve))
  child.kill("SIGKILL")
  await ended
}

/** Waits until everything in the log is in the stream, and expects it there once and in order. */
async function expectLogInStream(): Promise<void> {
  await until("last entry of the log in the stream", longMs, async () => {
    const end = await streamEnd(plane.connection)
    return end !== null && end.id === (await plane.logged()).at(-1) ? true : null
  })
  expect(await plane.streamed()).toEqual(await plane.logged())
}

describe("the event relay", { timeout: 120_000 }, () => {
  test("every entry is published once, in the order of the log, with its hash as message id, as its CloudEvent", async () => {
    const { relay } = await relayHere()
    const [executionId = ""] = await plane.work("plain", 8)
    await expectLogInStream()
    const events = (await storedEvents(plane.connection)).filter(({ subject }) =>
      subject.includes(executionId),
    )
    expect(events.length).toBeGreaterThan(5)
    let before = ""
    for (const [at, { data, id, subject }] of events.entries()) {
      const event = ReceivedEvent.parse(JSON.parse(new TextDecoder().decode(data)))
      expect(event).toMatchObject({ specversion: "1.0", id, subject: executionId })
      expect(event.sequence).toBe(String(at + 1).padStart(20, "0"))
      if (before !== "") expect(event.prevhash).toBe(before)
      expect(subject).toBe(eventSubject(plane.started.tenant, event.subject, event.type))
      before = event.id
    }
    expect(relay.look()).toBe("ok")
  })

  test("INV-14 nats-server is killed under load, again and again: nothing is lost, nothing is twice, the order stays", async () => {
    await relayHere()
    const dice = diceOf(3)
    for (let round = 0; round < 4; round += 1) {
      const before = (await plane.logged()).length
      const work = plane.work(`killed-${round}`, 12)
      const some = before + dice.below(60)
      await until("events under way", longMs, async () =>
        ((await streamEnd(plane.connection))?.number ?? 0) > some ? true : null,
      )
      await plane.nats.kill()
      await work
      await plane.nats.start()
    }
    await expectLogInStream()
  })

  test("INV-14 a relay that is killed between publish and cursor leaves nothing out and sends nothing twice", async () => {
    const work = plane.work("gap", 20)
    for (const moves of [0, 1, 2, 0]) {
      const child = relayThere(moves)
      const more = plane.work(`gap-${moves}-${Math.random()}`, 3)
      await until("death of the relay", longMs, () => (child.signalCode === null ? null : true))
      await more
      // Its lease is not waited for here: how long that takes is the next test's matter.
      await lapse()
    }
    await work
    await relayHere()
    await expectLogInStream()
  })

  test("of many relays one publishes; when it dies another takes over by itself", async () => {
    const children = [relayThere(), relayThere()]
    const turns: ChildProcess[] = []
    for (const child of children)
      child.on("message", (message: { readonly name: string }) => {
        if (message.name === "turn") turns.push(child)
      })
    await plane.work("many-1", 6)
    const holder = await until("holder of the turn", longMs, () => turns[0] ?? null)
    await expectLogInStream()
    expect(new Set(turns).size).toBe(1)
    await killed(holder)
    await plane.work("many-2", 6)
    await expectLogInStream()
    expect(new Set(turns).size).toBe(2)
  })

  test("INV-14 a relay that sleeps past its lease and wakes up again publishes nothing over its successor", async () => {
    const sleeper = relayThere()
    const turn = new Promise<true>((resolve) => sleeper.once("message", () => resolve(true)))
    await until("turn", longMs, () => turn)
    const work = plane.work("sleep", 10)
    sleeper.kill("SIGSTOP")
    await work
    await lapse()
    await relayHere()
    await expectLogInStream()
    sleeper.kill("SIGCONT")
    await plane.work("awake", 10)
    await expectLogInStream()
  })

  test("a stream whose store was wiped is filled again from the log", async () => {
    const { told } = await relayHere()
    await plane.work("wipe-1", 4)
    await expectLogInStream()
    await plane.nats.kill()
    plane.nats.wipe()
    await plane.nats.start()
    await expectLogInStream()
    expect(told.some(({ name }) => name === "refill")).toBe(true)
    await plane.work("wipe-2", 4)
    await expectLogInStream()
  })

  test("a stream that an operator deleted is filled again, once the server has removed its files", async () => {
    await relayHere()
    await plane.work("delete-1", 2)
    await expectLogInStream()
    const manager = await jetstreamManager(plane.connection, { checkAPI: false })
    const { name } = natsStreams.events
    const deletedAt = Date.now()
    await manager.streams.delete(name)
    await plane.work("delete-2", 2)
    await expectLogInStream()
    expect(Date.parse((await manager.streams.info(name)).created) - deletedAt).toBeGreaterThan(1_900)
  })

  test("a stream that an operator emptied stays so: only what is new is published", async () => {
    await relayHere()
    await expectLogInStream()
    const manager = await jetstreamManager(plane.connection, { checkAPI: false })
    await manager.streams.purge(natsStreams.events.name)
    const before = await plane.logged()
    await plane.work("purged", 2)
    await until("new events", longMs, async () => {
      const end = await streamEnd(plane.connection)
      return end !== null && end.id === (await plane.logged()).at(-1) ? true : null
    })
    expect(await plane.streamed()).toEqual((await plane.logged()).slice(before.length))
  })
})
