// A whole control plane with NATS_URL set: messages in, doorbells, events out, and NATS gone for a while.

import { join } from "node:path"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { openNatsBus, openNatsDoorbell } from "@counterfoil/server/queue"
import { startAll, type Started } from "@counterfoil/server/process"
import type { ExecutionId } from "@counterfoil/contracts"
import { draftOf, submitDraft } from "../support/asking.ts"
import { newDataFolder } from "../support/data-folder.ts"
import { effectCapability, effectHandlers, effectRef } from "../support/effect-handlers.ts"
import { openLedger, type Ledger } from "../support/ledger.ts"
import { startNatsServer, type NatsServer } from "../support/nats-server.ts"
import { dataFaults, fetchDocument, readOfficially } from "../support/official-event.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { until } from "../support/until.ts"
import { storedEvents } from "./stored-events.ts"

const folder = newDataFolder("wired")
const longMs = 30_000
let nats: NatsServer
let started: Started
let ledger: Ledger
let agent: Person
let connection: NatsConnection

beforeAll(async () => {
  nats = await startNatsServer()
  ledger = openLedger(join(folder.path, "ledger.jsonl"))
  started = await startAll(
    {
      data: folder.path,
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "silent",
      extra: effectHandlers(ledger, "PT5S", () => Promise.resolve()),
    },
    { NATS_URL: nats.url },
  )
  agent = await addSomeone(started, {
    kind: "agent",
    name: "bot",
    capabilities: ["control-plane.core", effectCapability],
    reach: "own",
  })
  connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
}, 90_000)
afterAll(async () => {
  await connection.close()
  await started.close()
  await nats.close()
  folder.remove()
})

const stepOf = (label: string) => [
  { key: "only", contract: effectRef("keyed"), input: { label, point: "none" } },
]
const events = async (type: string) =>
  (await storedEvents(connection).catch(() => [])).filter(({ subject }) => subject.endsWith(type))
const isDone = (label: string) =>
  ledger.lines().some((line) => line.what === "effect" && line.label === label)
const component = async (name: string) => {
  const text = await (await fetch(started.plane.metricsUrl)).text()
  return text.split("\n").some((line) => line.includes(`component="${name}",status="ok"} 1`))
}

describe("a control plane with NATS", { timeout: 90_000 }, () => {
  test("a durable submission becomes an execution, and its events come out", async () => {
    const bus = await openNatsBus({ connection })
    await until("kept submission", longMs, () =>
      bus
        .submit(started.tenant, {
          authorization: `Bearer ${agent.token}`,
          key: "wired-1",
          traceparent: null,
          body: new TextEncoder().encode(JSON.stringify({ as: { draft: draftOf(stepOf("wired-1")) } })),
        })
        .then(
          () => true as const,
          () => null,
        ),
    )
    await until("effect", longMs, () => (isDone("wired-1") ? true : null))
    await until("its last event", longMs, async () =>
      (await events("execution.completed")).length === 1 ? true : null,
    )
  })

  test("the official SDK reads each event that HTTP streams and NATS carry, and the document that it names describes its data", async () => {
    const { executionId } = await submitDraft(started.plane.url, agent, "official", stepOf("official"), {
      wait: "PT20S",
    })
    const stored = await until("its last event", longMs, async () => {
      const all = (await events("")).filter(({ subject }) => subject.includes(executionId))
      return all.some(({ subject }) => subject.endsWith(".execution.completed")) ? all : null
    })
    const overNats = stored.map(({ data, contentType }) =>
      readOfficially(contentType, new TextDecoder().decode(data)),
    )
    const hangUp = new AbortController()
    const stream = await fetch(`${started.plane.url}/v1/executions/${executionId}/stream`, {
      headers: { authorization: `Bearer ${agent.token}` },
      signal: hangUp.signal,
    })
    let text = ""
    for await (const chunk of stream.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (text.includes("event: controlPlane.execution.completed\n") && text.endsWith("\n\n")) break
    }
    hangUp.abort()
    const overHttp = [...text.matchAll(/^data: (.+)$/gm)].map(([, data = ""]) =>
      readOfficially("application/cloudevents+json", data),
    )
    expect(overHttp.length).toBeGreaterThan(4)
    expect(overHttp.map((event) => event.toJSON())).toEqual(overNats.map((event) => event.toJSON()))
    for (const event of overHttp) {
      expect(event.dataschema).toMatch(`${started.plane.url}/v1/contracts/${event.type}@`)
      expect([event.type, dataFaults(event, await fetchDocument(event, agent.token))]).toEqual([
        event.type,
        [],
      ])
    }
  })

  test("a doorbell rung in one process reaches another, and a message that is not an id is ignored", async () => {
    const other = await connect({ servers: nats.url })
    const heard: ExecutionId[] = []
    openNatsDoorbell({ whenOpen: (use) => use(other) }).listen((id) => heard.push(id))
    await other.flush()
    const here = openNatsDoorbell({ whenOpen: (use) => use(connection) })
    const { executionId } = await submitDraft(started.plane.url, agent, "rung", stepOf("rung"))
    connection.publish("counterfoil.doorbell", "nothing of ours")
    here.ring(executionId)
    await until("ring", longMs, () => (heard.includes(executionId) ? true : null))
    expect(heard.every((id) => id.startsWith("exe_"))).toBe(true)
    await other.close()
  })

  test("INV-14 NATS is gone: ready, degraded, work goes on, and no event is missing afterwards", async () => {
    await until("bus and relay", longMs, async () =>
      (await component("bus")) && (await component("relay")) ? true : null,
    )
    await nats.kill()
    const { executionId } = await submitDraft(started.plane.url, agent, "without", stepOf("without"), {
      wait: "PT20S",
    })
    expect(isDone("without")).toBe(true)
    await until("degraded bus", longMs, async () => ((await component("bus")) ? null : true))
    expect((await fetch(`${started.plane.url}/readyz`)).status).toBe(200)
    await nats.start()
    await until("its last event", longMs, async () =>
      (await events(`${executionId}.execution.completed`)).length === 1 ? true : null,
    )
    await until("bus and relay", longMs, async () =>
      (await component("bus")) && (await component("relay")) ? true : null,
    )
  })
})
