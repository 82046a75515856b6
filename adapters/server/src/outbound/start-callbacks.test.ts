// The sender with the memory store, whose time the test controls: late, slow and abandoned callbacks.

import { createServer, type ServerResponse } from "node:http"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import {
  addMs,
  CallbackId,
  ContractRef,
  contractUrn,
  Digest,
  Environment,
  ExecutionId,
  Fence,
  IntentId,
  PrincipalId,
  SemVer,
  TenantId,
  Time,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { StoreUnavailable, type TraceStore } from "@counterfoil/contracts/ports"
import { beginTransition } from "@counterfoil/round"
import { memoryStore } from "@counterfoil/store/test"
import { RegisteredCallback } from "@counterfoil/handlers"
import { startCallbacks, type CallbackEvent, type CallbackSender } from "./start-callbacks.ts"

const environment = Environment.parse("test")
const tenant = TenantId.parse("acme")
const zero = Digest.parse(`sha256:${"0".repeat(64)}`)
const agent = PrincipalId.parse("agt_01kaz3v8g0e8r4n2t6w0y3b5d7")
const secret = `whsec_${Buffer.from("a secret of thirty-two bytes now").toString("base64")}`
const hourMs = 3_600_000
const soonMs = 10_000

let time: Time
let store: TraceStore
let events: CallbackEvent[]
let ids = 0
const closers: (() => Promise<void>)[] = []
beforeEach(() => {
  time = Time.parse("2026-11-21T10:00:00.000Z")
  store = memoryStore(environment, () => time)
  events = []
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const pass = (ms: number): void => {
  time = addMs(time, ms)
}
const until = (what: string, holds: () => boolean): Promise<void> =>
  expect.poll(holds, { timeout: soonMs, interval: 10, message: what }).toBe(true)

/** An execution that ends with its first append, because its draft does not compile. */
async function ended(callbackId: string): Promise<ExecutionId> {
  ids += 1
  const bytes = new Uint8Array(10).fill(ids)
  const executionId = ExecutionId.parse(mintId("exe", Date.parse(time), bytes))
  const by = {
    principal: { id: agent, kind: "agent" },
    onBehalfOf: null,
    session: null,
    capabilitySource: null,
    breakGlassId: null,
    traceparent: null,
  } as const
  const fence = Fence.parse(0)
  const draft = beginTransition(
    { environment, kindDigest: () => zero },
    { tenant, executionId, fence, time },
    null,
  )
  draft.add(
    by,
    {
      kind: "controlPlane.intent.received@1",
      payload: {
        as: { draft: {} },
        assurance: "session",
        channel: "nats",
        intentId: IntentId.parse(mintId("int", Date.parse(time), bytes)),
        keyDigest: zero,
        labels: [],
        minimumMode: "autonomous",
        registryDigest: zero,
        requesterChain: [],
        runtime: { version: SemVer.parse("1.0.0"), engineDigest: zero },
        start: "auto",
        callbackId: CallbackId.parse(callbackId),
      },
    },
    { kind: "controlPlane.plan.rejected@1", payload: { rejections: [] } },
  )
  const inbox = {
    tenant,
    principal: agent,
    contract: ContractRef.parse("controlPlane.intent.submit@1"),
    keyDigest: Digest.parse(`sha256:${String(ids).padStart(64, "0")}`),
    requestDigest: zero,
  }
  const answer = await store.append(
    draft.append({ wakeAt: null, create: { inbox, leaseTo: null, goesFirst: false } }),
  )
  expect(answer.kind).toBe("appended")
  return executionId
}

interface Receiver {
  readonly port: number
  readonly ids: string[]
  answer: (response: ServerResponse) => void
}
async function openReceiver(answer: Receiver["answer"]): Promise<Receiver> {
  const receiver: { port: number; ids: string[]; answer: Receiver["answer"] } = { port: 0, ids: [], answer }
  const server = createServer((request, response) => {
    receiver.ids.push(String(request.headers["webhook-id"]))
    request.resume().on("end", () => receiver.answer(response))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const at = server.address()
  receiver.port = typeof at === "object" && at !== null ? at.port : 0
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return receiver
}
const answering = (status: number) => (response: ServerResponse) => {
  response.writeHead(status).end()
}
function send(receivers: Readonly<Record<string, Receiver>>): CallbackSender {
  const sender = startCallbacks({
    queue: store.callbacks,
    registered: Object.fromEntries(
      Object.entries(receivers).map(([name, { port }]) => [
        CallbackId.parse(name),
        RegisteredCallback.parse({
          tenant,
          url: `http://receiver.test:${port}/`,
          network: "loopback",
          secrets: ["ours"],
        }),
      ]),
    ),
    trace: (of, executionId, range) => store.trace(of, executionId, range),
    readSecret: async () => secret,
    resolve: async () => ["127.0.0.1"],
    clock: { now: () => time },
    random: { unit: () => 0.5 },
    showsData: async () => true,
    addressOf: contractUrn,
    tell: (event) => events.push(event),
  })
  closers.push(() => sender.close())
  return sender
}
/** Waits until the sender has read the queue twice, so that everything that was due before has been taken. */
async function looked(marker: Receiver): Promise<void> {
  for (const before of [marker.ids.length, marker.ids.length + 1]) {
    await ended("marker")
    await until("look", () => marker.ids.length > before)
  }
}
/** The results of the attempts, without the marker's. */
const codes = (): readonly string[] =>
  events
    .filter((event) => event.name === "failed" || event.delivery.callbackId !== "marker")
    .map((event) => (event.name === "sent" ? event.code : event.name))

describe("the sender of callbacks", { timeout: 30_000 }, () => {
  test("INV-14 sends a callback again, with growing pauses and the same id, while its receiver is down", async () => {
    const receiver = await openReceiver(answering(503))
    const marker = await openReceiver(answering(204))
    send({ done: receiver, marker })
    const executionId = await ended("done")
    for (const [tries, waitMs] of [
      [1, 4_999],
      [2, 9_999],
      [3, 19_999],
    ] as const) {
      await until(`try ${tries}`, () => codes().length === tries)
      pass(waitMs)
      await looked(marker)
      expect(codes()).toHaveLength(tries)
      pass(1)
    }
    receiver.answer = answering(200)
    await until("delivery", () => codes().includes("delivered"))
    expect(codes()).toEqual(["refused", "refused", "refused", "delivered"])
    expect(new Set(receiver.ids).size).toBe(1)
    expect(events.at(-1)).toMatchObject({ delivery: { executionId, channel: "nats", lastCode: "refused" } })
  })

  test("a receiver that does not answer has four connections, and delays no other", async () => {
    const waiting: ServerResponse[] = []
    const slow = await openReceiver((response) => waiting.push(response))
    const quick = await openReceiver(answering(204))
    send({ slow, quick })
    for (let i = 0; i < 10; i += 1) await ended("slow")
    await until("full connections", () => slow.ids.length === 4)
    for (let i = 0; i < 5; i += 1) await ended("quick")
    await until("quick ones", () => codes().length === 5)
    expect([slow.ids.length, quick.ids.length]).toEqual([4, 5])
    slow.answer = answering(204)
    for (const response of waiting) answering(204)(response)
    await until("all of them", () => codes().length === 15)
    expect(new Set(codes())).toEqual(new Set(["delivered"]))
  })

  test("INV-14 a callback that a crashed process had taken is sent when its hold ends", async () => {
    const receiver = await openReceiver(answering(204))
    const marker = await openReceiver(answering(204))
    const executionId = await ended("done")
    await store.callbacks.take([{ callbackId: CallbackId.parse("done"), room: 1 }], 60)
    send({ done: receiver, marker })
    await looked(marker)
    expect(receiver.ids).toEqual([])
    pass(60_000)
    await until("delivery", () => codes().length === 1)
    expect(events.at(-1)).toMatchObject({ delivery: { executionId, attempt: 2 }, code: "delivered" })
  })

  test("gives up after three days, and reports the last result", async () => {
    const receiver = await openReceiver(answering(500))
    const sender = send({ done: receiver })
    const executionId = await ended("done")
    await until("a try", () => codes().length === 1)
    await sender.close()
    pass(72 * hourMs)
    const marker = await openReceiver(answering(204))
    send({ done: receiver, marker })
    await until("the end", () => codes().includes("givenUp"))
    expect(events.at(-1)).toMatchObject({ name: "givenUp", delivery: { executionId, lastCode: "refused" } })
    await looked(marker)
    expect(receiver.ids).toHaveLength(1)
  })

  test("stopping takes no more, waits five seconds for a response, and leaves what it cut off to other processes", async () => {
    const silent = await openReceiver(() => undefined)
    const sender = send({ done: silent })
    await ended("done")
    await until("a try", () => silent.ids.length === 1)
    const closed = sender.close()
    await ended("done")
    await closed
    expect([codes(), silent.ids.length]).toEqual([["lost"], 1])
    pass(hourMs)
    const receiver = await openReceiver(answering(204))
    send({ done: receiver })
    await until("both", () => receiver.ids.length === 2)
    expect(receiver.ids).toContain(silent.ids[0])
  })

  test("an unreachable store delays callbacks, and loses none", async () => {
    const receiver = await openReceiver(answering(204))
    const { callbacks } = store
    let away = true
    store = {
      ...store,
      callbacks: {
        ...callbacks,
        take: (rooms, holdSeconds) =>
          away ? Promise.reject(new StoreUnavailable("away")) : callbacks.take(rooms, holdSeconds),
      },
    }
    await ended("done")
    send({ done: receiver })
    await until("a failure", () => codes().includes("failed"))
    away = false
    await until("delivery", () => codes().includes("delivered"))
    expect(codes()).toEqual(["failed", "delivered"])
  })
})
