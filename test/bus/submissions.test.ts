// Durable submissions on a real control plane, over JetStream: what is acknowledged becomes an intent or is quarantined.

import { randomBytes } from "node:crypto"
import { headers, nanos } from "@nats-io/transport-node"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import {
  openNatsBus,
  startSubmitConsumer,
  type SubmitConsumer,
  type SubmitEvent,
} from "@counterfoil/server/queue"
import type { Call, Gate } from "@counterfoil/gate"
import { refuse, TenantId, type Json } from "@counterfoil/contracts"
import { natsStreams, submitSubject } from "@counterfoil/contracts/nats"
import {
  type Bus,
  type QuarantineItem,
  type Quarantine,
  type Submission,
  BusUnavailable,
  StoreUnavailable,
} from "@counterfoil/contracts/ports"
import { z } from "zod"
import { draftOf, readExecution } from "../support/asking.ts"
import { startBusPlane, type BusPlane } from "../support/bus-plane.ts"
import { effectCapability, effectRef } from "../support/effect-handlers.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { until } from "../support/until.ts"

const longMs = 30_000
let plane: BusPlane
let bus: Bus
let consumer: SubmitConsumer | null = null
let told: SubmitEvent[] = []

beforeAll(async () => {
  plane = await startBusPlane("submissions")
  bus = await openNatsBus({ connection: plane.connection })
}, 60_000)
afterEach(async () => {
  await consumer?.close()
  consumer = null
})
afterAll(() => plane.close())

/** Starts the consumer; parts of its world may be others. */
function consume(
  others: { readonly gate?: Gate; readonly bus?: Pick<Bus, "take">; readonly quarantine?: Quarantine } = {},
): void {
  told = []
  const { store } = plane.started.plane
  consumer = startSubmitConsumer({
    bus: others.bus ?? bus,
    gate: others.gate ?? plane.started.plane.gate,
    quarantine: others.quarantine ?? plane.records.quarantine,
    directory: store.directory,
    clock: store.clock,
    random: { bytes: (count) => randomBytes(count), unit: () => 0.5 },
    tell: (event) => told.push(event),
  })
}

const ask = (label: string) => ({
  key: label,
  as: {
    draft: draftOf([{ key: "only", contract: effectRef("keyed"), input: { label, point: "none" } }]),
  },
})
const bodyOf = (value: Json): Uint8Array => new TextEncoder().encode(JSON.stringify(value))
const send = (
  body: Uint8Array,
  more: { readonly key?: string; readonly authorization?: string; readonly tenant?: TenantId } = {},
): Promise<void> =>
  bus.submit(more.tenant ?? plane.started.tenant, {
    authorization: more.authorization ?? `Bearer ${plane.agent.token}`,
    key: more.key ?? null,
    traceparent: null,
    body,
  })

/** The executions of the tenant that were made under a key that says so in their ledger line. */
const effects = (label: string): number =>
  plane.ledger.lines().filter((line) => line.what === "effect" && line.label === label).length
const executionsNow = async (): Promise<number> => {
  const { rows } = await plane.owner.query<{ count: string }>("select count(*) as count from execution")
  return Number(rows[0]?.count ?? 0)
}
const quarantined = async (tenant = plane.started.tenant): Promise<readonly QuarantineItem[]> =>
  (await plane.records.quarantine.list(tenant, null, null, 100)).items
/** A gate that answers a problem to one key and lets all else through. */
const gateWith = (key: string, answer: (asked: Call) => ReturnType<Gate["call"]>): Gate => ({
  call: (asked) => (keyOf(asked.input) === key ? answer(asked) : plane.started.plane.gate.call(asked)),
})
const keyOf = (input: Json): string => z.object({ key: z.string() }).parse(input).key

describe("durable submissions", { timeout: 90_000 }, () => {
  test("what the queue keeps becomes an execution, by the channel nats, and is acknowledged", async () => {
    consume()
    await send(bodyOf(ask("plain")))
    await until("effect", longMs, () => (effects("plain") === 1 ? true : null))
    const { items } = await must(
      call<{ readonly items: readonly { readonly executionId: string; readonly channel: string }[] }>(
        plane.url,
        plane.agent,
        "GET",
        "/executions",
      ),
    )
    expect(items.map(({ channel }) => channel)).toEqual(["nats"])
    expect(await readExecution(plane.url, plane.agent, items[0]?.executionId ?? "")).toMatchObject({
      status: "completed",
    })
    await consumer?.close()
    expect(await bus.take()).toBeNull()
  })

  test("INV-03 sent five times, and delivered again because the acknowledgement was lost, it is one execution", async () => {
    const before = await executionsNow()
    const lost = new Set<string>()
    const forgetful: Pick<Bus, "take"> = {
      take: async () => {
        const taken = await bus.take()
        if (taken === null || lost.has(taken.messageId)) return taken
        lost.add(taken.messageId)
        return { ...taken, ack: () => taken.nak(50) }
      },
    }
    consume({ bus: forgetful })
    const keyless = { as: ask("again").as }
    for (let time = 0; time < 5; time += 1) await send(bodyOf(keyless), { key: "again" })
    await until("ten acknowledgements", longMs, () =>
      told.filter(({ name }) => name === "accepted").length === 10 ? true : null,
    )
    expect(await executionsNow()).toBe(before + 1)
    await until("effect", longMs, () => (effects("again") === 1 ? true : null))
  })

  test("a message that is not JSON is kept with its first bytes, counted, and never delivered again", async () => {
    consume()
    const garbage = new Uint8Array(100_000).fill(0x7b)
    await send(garbage)
    await until("event", longMs, () => (told.length > 0 ? true : null))
    expect(told).toMatchObject([{ name: "quarantined", reason: "unreadable", code: "JSON_MALFORMED" }])
    const [row] = await quarantined()
    expect(row).toMatchObject({ reason: "unreadable", bodyBytes: 100_000, deliveries: 1, principal: null })
    const { rows } = await plane.owner.query<{ length: number }>(
      "select octet_length(body) as length from quarantine",
    )
    expect(rows.map(({ length }) => length)).toEqual([65_536])
  })

  test("a queue that an operator deleted is there again, once the server has removed its files", async () => {
    consume()
    await send(bodyOf(ask("before-the-end")))
    await until("effect", longMs, () => (effects("before-the-end") === 1 ? true : null))
    const manager = await jetstreamManager(plane.connection, { checkAPI: false })
    const deletedAt = Date.now()
    await manager.streams.delete(natsStreams.submit.name)
    const { created } = await until("queue", longMs, () =>
      manager.streams.info(natsStreams.submit.name).catch(() => null),
    )
    expect(Date.parse(created) - deletedAt).toBeGreaterThan(1_900)
    await send(bodyOf(ask("after-the-end")))
    await until("effect", longMs, () => (effects("after-the-end") === 1 ? true : null))
  })

  test("what no door would take as a call is refused to its sender, and never kept", async () => {
    const refused = await send(new Uint8Array(300 * 1024)).then(
      () => "kept",
      (error: unknown) => (error instanceof BusUnavailable ? String(error.cause) : "something else"),
    )
    expect(refused).toContain("message size exceeds maximum allowed")
    expect(await bus.take()).toBeNull()
  })

  test("what was put aside is forgotten after seven days, and not before", async () => {
    const { quarantine } = plane.records
    const aged = {
      tenant: plane.started.tenant,
      reason: "unreadable",
      body: bodyOf({}),
      bodyBytes: 2,
    } as const
    const daysOld = { "aged-8": 8, "aged-6": 6 }
    for (const [messageId, days] of Object.entries(daysOld)) {
      await quarantine.keep({ ...aged, messageId, principal: null, key: null, problem: null, deliveries: 1 })
      await quarantine.begin(messageId)
      for (const [table, column] of [
        ["quarantine", "kept_at"],
        ["delivery", "begun_at"],
      ])
        await plane.owner.query(
          `update ${table} set ${column} = clock_timestamp() - make_interval(days => $2) where message_id = $1`,
          [messageId, days],
        )
    }
    consume()
    const left = async (table: string) => {
      const { rows } = await plane.owner.query<{ message_id: string }>(
        `select message_id from ${table} where message_id like 'aged-%'`,
      )
      return rows.map((row) => row.message_id).join()
    }
    await until("end of the old one", longMs, async () =>
      (await left("quarantine")) === "aged-6" && (await left("delivery")) === "aged-6" ? true : null,
    )
    await plane.owner.query("delete from quarantine where message_id like 'aged-%'")
  })

  test("a refused submission is acknowledged, and the quarantine has it with the problem that HTTP returns", async () => {
    consume()
    const wrong = { ...ask("refused"), principal: "somebody" }
    await send(bodyOf(wrong))
    await send(bodyOf(ask("nobody")), { authorization: "Bearer nothing" })
    await send(bodyOf(ask("foreign")), { tenant: TenantId.parse("foreign") })
    await until("three refusals", longMs, () => (told.length === 3 ? true : null))
    const rows = [...(await quarantined()), ...(await quarantined(TenantId.parse("foreign")))]
    const of = (key: string) => rows.find((row) => row.key === key)
    expect(of("nobody")).toMatchObject({ principal: null, problem: { code: "UNAUTHENTICATED" } })
    expect(of("foreign")).toMatchObject({ principal: null, problem: { code: "GRANT_MISSING" } })
    const said = await call(plane.url, plane.agent, "POST", "/intents", wrong)
    const { traceId: _traceId, ...problem } = said.kind === "problem" ? said.problem : { traceId: "" }
    expect(of("refused")).toMatchObject({ principal: plane.agent.id, problem })
    expect(JSON.stringify(rows)).not.toContain(plane.agent.token)
    const listed = async (who: Person): Promise<readonly (string | null)[]> => {
      const page = call<{ readonly items: readonly QuarantineItem[] }>(plane.url, who, "GET", "/quarantine")
      return (await must(page)).items.map(({ key }) => key)
    }
    // The sender sees only its own, an operator sees all of the tenant.
    expect(await listed(plane.agent)).toEqual(["refused"])
    expect(await listed(plane.auditor)).toEqual(expect.arrayContaining(["refused", "nobody"]))
  })

  test("no content keeps a message out of the quarantine: no character, no name, no length", async () => {
    const bodies = [
      { key: "a\u0000b" },
      { key: "\u{1f600}".repeat(150) },
      { key: "x".repeat(5_000) },
      { "key": "k", "a\u0000b": 1 },
    ]
    const before = (await quarantined()).length
    consume()
    for (const body of bodies) await send(bodyOf(body))
    await send(bodyOf({ as: ask("nul").as }), { key: "c\u0000d" })
    await send(bodyOf({ key: "e" }), { authorization: "Bearer \u0000" })
    await until("events", longMs, () => (told.length >= bodies.length + 2 ? true : null))
    expect(told.map(({ name }) => name)).toEqual(told.map(() => "quarantined"))
    expect(await quarantined()).toHaveLength(before + bodies.length + 2)
    const listed = await must(
      call<{ readonly items: readonly Json[] }>(plane.url, plane.auditor, "GET", "/quarantine"),
    )
    expect(listed.items).toHaveLength(before + bodies.length + 2)
    await consumer?.close()
    expect(await bus.take()).toBeNull()
  })

  test("what cannot be answered now is postponed for as long as it takes, and never put aside for it", async () => {
    let refusals = 0
    const later = refuse("STORE_UNAVAILABLE", {}).problem("0".repeat(32))
    consume({
      gate: gateWith("patient", (asked) => {
        refusals += 1
        return refusals > 7
          ? plane.started.plane.gate.call(asked)
          : Promise.resolve({ kind: "problem", problem: later })
      }),
      bus: hurried(bus),
    })
    await send(bodyOf(ask("patient")))
    await until("effect", longMs, () => (effects("patient") === 1 ? true : null))
    expect(refusals).toBe(8)
    expect(told.filter(({ name }) => name === "quarantined")).toEqual([])
  })

  test("a store that is away while a message is handled puts nothing aside", async () => {
    let failures = 0
    const { quarantine } = plane.records
    const flapping: Quarantine = {
      ...quarantine,
      forgive: async (messageId) => {
        failures += 1
        if (failures % 2 === 1) throw new StoreUnavailable("away")
        await quarantine.forgive(messageId)
      },
    }
    let calls = 0
    const flappingGate = gateWith("flapping", (asked) => {
      calls += 1
      return calls <= 3 ? Promise.reject(new StoreUnavailable("away")) : plane.started.plane.gate.call(asked)
    })
    consume({ gate: flappingGate, quarantine: flapping, bus: hurried(bus) })
    await send(bodyOf(ask("flapping")))
    await until("effect", longMs, () => (effects("flapping") === 1 ? true : null))
    expect(told.filter(({ name }) => name === "quarantined")).toEqual([])
  })

  test("a message that is begun again and again without an answer is put aside at its fifth delivery, with an alert", async () => {
    const bug = refuse("INTERNAL", { traceId: "0".repeat(32) }).problem("0".repeat(32))
    let calls = 0
    consume({
      gate: gateWith("poison", () => {
        calls += 1
        return Promise.resolve({ kind: "problem", problem: bug })
      }),
      bus: hurried(bus),
    })
    await send(bodyOf(ask("poison")))
    await until("quarantine", longMs, () => (told.some(({ name }) => name === "quarantined") ? true : null))
    expect(calls).toBe(4)
    expect(told.at(-1)).toMatchObject({ name: "quarantined", reason: "poison", code: null })
    expect((await quarantined()).find(({ key }) => key === "poison")).toMatchObject({ deliveries: 5 })
    await send(bodyOf(ask("after-poison")))
    await until("effect", longMs, () => (effects("after-poison") === 1 ? true : null))
  })

  test("INV-14 nats-server is killed while submissions come in: every one that was acknowledged to its sender is done once", async () => {
    consume()
    const kept: string[] = []
    const sending = (async () => {
      for (let number = 0; number < 40; number += 1) {
        const label = `storm-${number}`
        await until("acknowledgement", longMs, () =>
          send(bodyOf(ask(label))).then(
            () => true as const,
            () => null,
          ),
        )
        kept.push(label)
      }
    })()
    for (const after of [8, 20]) {
      await until("submissions", longMs, () => (kept.length >= after ? true : null))
      await plane.nats.kill()
      await plane.nats.start()
    }
    await sending
    await until("all effects", longMs, () => (kept.every((label) => effects(label) === 1) ? true : null))
    expect(kept).toHaveLength(40)
  })

  test("INV-10 a flood without a token fills a bounded room, every message of it is counted, and another sender's refusal is kept", async () => {
    await plane.owner.query("truncate quarantine, quarantine_dropped")
    consume()
    const flood = 200
    const large = new Uint8Array(64 * 1024).fill(0x20)
    await Promise.all(Array.from({ length: flood }, () => send(large, { authorization: "Bearer nothing" })))
    await send(bodyOf({ ...ask("beside-the-flood"), principal: "somebody" }))
    const aside = (): number => told.filter(({ name }) => name === "quarantined").length
    const counted = (): number =>
      told.reduce(
        (sum, event) => sum + (event.name === "dropped" && event.because === "rate" ? event.count : 0),
        0,
      )
    await until("all of them", longMs, () => (aside() + counted() === flood + 1 ? true : null))
    // Sixty in a minute, and of them the newest 32 MiB; the agent's own beside them.
    expect(aside()).toBe(61)
    const items = await quarantined()
    expect(items.find(({ key }) => key === "beside-the-flood")).toMatchObject({ principal: plane.agent.id })
    const page = call<{ readonly items: readonly Json[]; readonly dropped?: { readonly count: number } }>(
      plane.url,
      plane.auditor,
      "GET",
      "/quarantine?limit=100",
    )
    const { dropped } = await must(page)
    expect([items.length, dropped?.count]).toEqual([61, flood - 60])
    const own = call<{ readonly items: readonly Json[]; readonly dropped?: { readonly count: number } }>(
      plane.url,
      plane.agent,
      "GET",
      "/quarantine",
    )
    expect(await must(own)).not.toHaveProperty("dropped")
    await consumer?.close()
    expect(await bus.take()).toBeNull()
  })

  test("a message that came twice and ended leaves no count behind", async () => {
    const begun = async (): Promise<string | undefined> =>
      (await plane.owner.query<{ count: string }>("select count(*) as count from delivery")).rows[0]?.count
    await plane.owner.query("truncate delivery")
    let refusals = 0
    const bug = refuse("INTERNAL", { traceId: "0".repeat(32) }).problem("0".repeat(32))
    consume({
      gate: gateWith("came-twice", (asked) => {
        refusals += 1
        return refusals > 2
          ? plane.started.plane.gate.call(asked)
          : Promise.resolve({ kind: "problem", problem: bug })
      }),
      bus: hurried(bus),
    })
    await send(bodyOf(ask("came-twice")))
    await until("effect", longMs, () => (effects("came-twice") === 1 ? true : null))
    await consumer?.close()
    expect([refusals, await begun()]).toEqual([3, "0"])
  })

  describe("message ids that their senders choose", () => {
    // The first look creates the queue; a message that an earlier test left with a dead consumer would be delivered again.
    beforeAll(async () => {
      await (await bus.take())?.ack()
      const manager = await jetstreamManager(plane.connection, { checkAPI: false })
      await manager.streams.purge(natsStreams.submit.name)
    })

    /** Publishes as any client of NATS may: with a message id, and what else it likes. */
    const publish = (
      messageId: string,
      body: Json,
      { tenant = plane.started.tenant, token = plane.agent.token, key = "" } = {},
    ) => {
      const all = headers()
      all.set("Authorization", `Bearer ${token}`)
      if (key !== "") all.set("Idempotency-Key", key)
      return jetstream(plane.connection).publish(submitSubject(tenant), bodyOf(body), {
        headers: all,
        msgID: messageId,
      })
    }
    /** Waits until the queue is empty and no message of it is in hand. */
    const settledAll = async () => {
      const manager = await jetstreamManager(plane.connection, { checkAPI: false })
      await until("an empty queue", longMs, async () => {
        const { state } = await manager.streams.info(natsStreams.submit.name)
        return state.messages === 0 ? true : null
      })
    }
    const keyless = (label: string): Json => ({ as: ask(label).as })
    const aside = async (...keys: readonly string[]) =>
      (await quarantined()).filter(({ key }) => key !== null && keys.includes(key))

    test("INV-10 INV-14 one that another tenant uses in the same instant, and again and again, takes no submission away", async () => {
      const foreign = TenantId.parse("foreign")
      const first = await publish("order-81", ask("theirs"), { tenant: foreign })
      const ours = await publish("order-81", ask("ours"))
      // The server kept the first alone, and says so in an acknowledgement that many clients take for a yes.
      expect([first.duplicate, ours.duplicate]).toEqual([false, true])
      const flood = setInterval(() => void publish("order-82", ask("theirs"), { tenant: foreign }), 20)
      const said = await Promise.all(
        Array.from({ length: 5 }, (_, at) => publish("order-82", ask(`flooded-${at}`))),
      )
      clearInterval(flood)
      expect(said.filter(({ duplicate }) => duplicate).length).toBeGreaterThan(3)
      consume()
      const labels = ["ours", ...said.map((_, at) => `flooded-${at}`)]
      await until("effects", longMs, () => (labels.every((label) => effects(label) === 1) ? true : null))
    })

    test("INV-03 INV-10 two agents of one tenant that choose the same one, and the same key, have an execution each", async () => {
      const other = await addSomeone(plane.started, {
        kind: "agent",
        name: "other-bot",
        capabilities: ["control-plane.core", effectCapability],
        reach: "own",
      })
      const before = await executionsNow()
      await publish("shared", keyless("of-bot"))
      await publish("shared", keyless("of-other"), { token: other.token })
      await publish("shared-too", keyless("of-bot-by-key"), { key: "same" })
      await publish("shared-too", keyless("of-other-by-key"), { key: "same", token: other.token })
      consume()
      const labels = ["of-bot", "of-other", "of-bot-by-key", "of-other-by-key"]
      await until("effects", longMs, () => (labels.every((label) => effects(label) === 1) ? true : null))
      expect(await executionsNow()).toBe(before + 4)
      expect(await aside("shared", "same")).toEqual([])
    })

    test("INV-03 a submission that its agent sends three times under one key is one execution under any message ids", async () => {
      const before = await executionsNow()
      await publish("thrice-1", keyless("thrice"), { key: "thrice" })
      await publish("thrice-1", keyless("thrice"), { key: "thrice" })
      await publish("thrice-2", keyless("thrice"), { key: "thrice" })
      consume()
      await settledAll()
      expect(told.map(({ name }) => name)).toEqual(told.map(() => "accepted"))
      expect([await executionsNow(), effects("thrice")]).toEqual([before + 1, 1])
    })

    test("one that comes again with another body is refused to its sender, once, and never silently", async () => {
      await publish("reused", keyless("reused-first"))
      consume()
      await until("effect", longMs, () => (effects("reused-first") === 1 ? true : null))
      await publish("reused", keyless("reused-second"))
      await settledAll()
      expect(await aside("reused")).toMatchObject([
        { reason: "refused", principal: plane.agent.id, problem: { code: "IDEMPOTENCY_CONFLICT" } },
      ])
      expect(effects("reused-second")).toBe(0)
    })

    test("INV-03 INV-14 of two bodies with one id that wait in the queue together, one has an effect and the other is refused to its sender", async () => {
      await publish("at-once", keyless("at-once-1"))
      await publish("at-once", keyless("at-once-2"))
      consume()
      await settledAll()
      const both = (): number => effects("at-once-1") + effects("at-once-2")
      await until("effect", longMs, () => (both() === 1 ? true : null))
      expect(await aside("at-once")).toMatchObject([
        { reason: "refused", principal: plane.agent.id, problem: { code: "IDEMPOTENCY_CONFLICT" } },
      ])
    })
  })

  test("a queue of an earlier release gets the shortest window and its bounds; what a person set stays", async () => {
    const { name } = natsStreams.submit
    const manager = await jetstreamManager(plane.connection, { checkAPI: false })
    const older = {
      duplicate_window: nanos(120_000),
      max_msg_size: -1,
      max_bytes: 7_000_000,
      allow_rollup_hdrs: true,
    }
    await manager.streams.update(name, older)
    const newcomer = await openNatsBus({ connection: plane.connection })
    await newcomer.take()
    await newcomer.close()
    const { config } = await manager.streams.info(name)
    expect(config).toMatchObject({
      duplicate_window: nanos(100),
      max_msg_size: 272 * 1024,
      max_bytes: 7_000_000,
      allow_rollup_hdrs: false,
    })
  })
})

/** The queue with the waits between deliveries cut short. */
const hurried = (from: Pick<Bus, "take">): Pick<Bus, "take"> => ({
  take: async () => {
    const taken: Submission | null = await from.take()
    return taken === null ? null : { ...taken, nak: () => taken.nak(20) }
  },
})
