import { headers } from "@nats-io/transport-node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { call, must } from "@counterfoil/cli"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  ExecutionId,
  Key,
  makeRegistry,
  Problem,
  TenantId,
  type Json,
  type JsonObject,
} from "@counterfoil/contracts"
import { callSubject, natsCalls, natsHeaders } from "@counterfoil/contracts/nats"
import { httpCalls } from "@counterfoil/contracts/http"
import { natsServerPath } from "../support/nats-server.ts"
import { until } from "../support/until.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { askHttp, askNats, startNatsPlane, type DoorReply, type NatsPlane } from "./nats-plane.ts"

const registry = makeRegistry(controlPlaneContracts, controlPlaneCapabilities)
const local = TenantId.parse("local")
const absent = "exe_01kaz3v8g0e8r4n2t6w0y3b5zz"
const greet = {
  as: { contract: "text.template.render@1", input: { template: "Hello {{name}}", values: { name: "Mia" } } },
}

const subjectOf = (name: string, tenant: TenantId = local): string => {
  const found = natsCalls(registry).find((one) => one.name === name)
  if (found === undefined) throw new Error(`no call ${name}`)
  return callSubject(tenant, found.contract.ref)
}

describe.skipIf(natsServerPath() === null)("calls over NATS", () => {
  let world: NatsPlane
  let agent: Person
  let outsider: Person
  let ungranted: Person

  beforeAll(async () => {
    world = await startNatsPlane("nats-calls")
    const { started } = world.plane
    const capabilities = ["control-plane.core", "text.compute"]
    agent = await addSomeone(started, { kind: "agent", name: "robot", capabilities })
    outsider = await addSomeone(started, {
      kind: "agent",
      name: "spy",
      tenant: TenantId.parse("globex"),
      capabilities,
    })
    ungranted = await addSomeone(started, { kind: "agent", name: "newcomer" })
  }, 60_000)
  afterAll(async () => {
    await world.close()
  })

  const bearer = ({ token }: Person) => ({ [natsHeaders.authorization]: `Bearer ${token}` })
  const ask = (name: string, body: Json, who: Person, sent: Readonly<Record<string, string>> = {}) =>
    askNats(world.connection, subjectOf(name), JSON.stringify(body), { ...bearer(who), ...sent })

  test("an intent is submitted, waited for and read, and its trace says that it came over NATS", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    const submitted = await ask("intent.submit.v1", greet, agent, {
      [natsHeaders.idempotencyKey]: "greet-mia",
      [natsHeaders.prefer]: "wait=20",
      traceparent,
    })
    expect(submitted).toMatchObject({
      status: 200,
      body: { status: "completed", output: { text: "Hello Mia" }, duplicate: false },
      headers: { [natsHeaders.contentType]: "application/json", [natsHeaders.preferenceApplied]: "wait=20" },
    })
    const { executionId } = submitted.body as { readonly executionId: string }
    const read = await ask("execution.get.v1", { executionId }, agent)
    expect(read.body).toMatchObject({ executionId, status: "completed" })
    const [received] = await world.plane.started.plane.store.trace(local, ExecutionId.parse(executionId))
    expect(received).toMatchObject({ head: { traceparent }, payload: { channel: "nats" } })
  })

  test("the same key is one execution, also over the other door; another input is a conflict", async () => {
    const key = { [natsHeaders.idempotencyKey]: "twice" }
    const [first, second] = await Promise.all([
      ask("intent.submit.v1", greet, agent, key),
      ask("intent.submit.v1", greet, agent, key),
    ])
    const third = await must(
      call<JsonObject>(world.plane.url, agent, "POST", "/intents", { key: "twice", ...greet }),
    )
    const ids = [first.body, second.body, third].map((body) => (body as JsonObject)["executionId"])
    expect(new Set(ids).size).toBe(1)
    expect(third["duplicate"]).toBe(true)
    const other = { as: { ...greet.as, input: { template: "Bye", values: {} } } }
    expect((await ask("intent.submit.v1", other, agent, key)).code).toBe("IDEMPOTENCY_CONFLICT")
  })

  describe("the same mistake gives the same code, status and text over NATS as over HTTP", () => {
    const mistakes: readonly (readonly [string, string, string, () => Readonly<Record<string, string>>])[] = [
      ["malformed JSON", "intent.submit.v1", "{", () => bearer(agent)],
      ["a duplicate key", "intent.submit.v1", '{"key":"a","key":"b"}', () => bearer(agent)],
      ["a reserved key", "intent.submit.v1", '{"__proto__":{}}', () => bearer(agent)],
      ["no object", "intent.submit.v1", "[]", () => bearer(agent)],
      ["no key", "intent.submit.v1", JSON.stringify(greet), () => bearer(agent)],
      [
        "two keys",
        "intent.submit.v1",
        JSON.stringify({ ...greet, key: "one" }),
        () => ({ ...bearer(agent), "Idempotency-Key": "two" }),
      ],
      [
        "a principal in the body",
        "intent.submit.v1",
        JSON.stringify({ ...greet, key: "k", principal: "hum_x" }),
        () => bearer(agent),
      ],
      ["too large a body", "intent.submit.v1", `"${"x".repeat(300_000)}"`, () => bearer(agent)],
      [
        "too large a header",
        "intent.submit.v1",
        "{}",
        () => ({ ...bearer(agent), "X-Large": "x".repeat(20_000) }),
      ],
      ["no token", "intent.submit.v1", "{}", () => ({})],
      [
        "an unknown token",
        "intent.submit.v1",
        "{}",
        () => ({ Authorization: `Bearer cft_${"x".repeat(43)}` }),
      ],
      [
        "an unknown contract",
        "intent.submit.v1",
        JSON.stringify({ key: "u", as: { contract: "no.such@1", input: {} } }),
        () => bearer(agent),
      ],
      ["no grant", "intent.submit.v1", JSON.stringify({ key: "g", ...greet }), () => bearer(ungranted)],
      [
        "an agent that approves",
        "execution.approve.v1",
        JSON.stringify({ key: "a", items: [] }),
        () => bearer(agent),
      ],
      ["a foreign cursor", "execution.list.v1", JSON.stringify({ cursor: "abc.abc" }), () => bearer(agent)],
      [
        "an execution that is not there",
        "execution.get.v1",
        JSON.stringify({ executionId: absent }),
        () => bearer(agent),
      ],
      [
        "an invalid plan",
        "plan.verify.v1",
        JSON.stringify({ as: { draft: { format: "counterfoil.draft/1", steps: [] } } }),
        () => bearer(agent),
      ],
    ]

    test.each(mistakes)("%s", async (_what, name, body, sent) => {
      const overNats = await askNats(world.connection, subjectOf(name), body, sent())
      const overHttp = await sameOverHttp(name, body, sent())
      expect([overNats.status, overNats.code]).toEqual([overHttp.status, overHttp.code])
      expect(overNats.status).toBeGreaterThanOrEqual(400)
      expect(withoutTrace(overNats)).toEqual(withoutTrace(overHttp))
      expect(overNats.headers).toMatchObject({
        [natsHeaders.contentType]: "application/problem+json",
        [natsHeaders.errorCode]: String(Problem.parse(overNats.body).status),
        [natsHeaders.error]: Problem.parse(overNats.body).code,
      })
    })

    test("an unknown call", async () => {
      const overNats = await askNats(world.connection, "controlPlane.v1.local.call.no.such.v1", "{}")
      const overHttp = await askHttp(world.plane.url, "POST", "/v1/no/such", "{}", {})
      expect([overNats.status, withoutTrace(overNats)]).toEqual([404, withoutTrace(overHttp)])
    })

    async function sameOverHttp(
      name: string,
      body: string,
      sent: Readonly<Record<string, string>>,
    ): Promise<DoorReply> {
      const found = httpCalls(registry).find(
        ({ contract }) => subjectOf(name) === callSubject(local, contract.ref),
      )
      if (found === undefined) throw new Error(`no route for ${name}`)
      const { method, path } = found.operation
      if (method !== "GET") return askHttp(world.plane.url, method, path, body, sent)
      const input = JSON.parse(body) as Readonly<Record<string, string>>
      const query = new URLSearchParams(
        Object.entries(input).filter(([field]) => !found.inPath.includes(field)),
      )
      const at = path.replaceAll(/:([A-Za-z]+)/g, (_whole, field: string) => input[field] ?? "")
      return askHttp(world.plane.url, "GET", `${at}?${query.toString()}`, undefined, sent)
    }
  })

  test("a call with a token of another tenant gets GRANT_MISSING, whether the object exists or not", async () => {
    const { body } = await ask("intent.submit.v1", { ...greet, key: "theirs" }, agent)
    const { executionId } = body as { readonly executionId: string }
    const [there, notThere] = await Promise.all(
      [executionId, absent].map((id) => ask("execution.get.v1", { executionId: id }, outsider)),
    )
    expect([there?.status, there?.code]).toEqual([403, "GRANT_MISSING"])
    expect(there && withoutTrace(there)).toEqual(notThere && withoutTrace(notThere))
  })

  test("each call of the registry is answered on its subject, and asks for a token first", async () => {
    const served = natsCalls(world.plane.started.plane.registry)
    const replies = await Promise.all(
      served.map(({ contract }) => askNats(world.connection, callSubject(local, contract.ref), "{}")),
    )
    expect(replies.map(({ code }) => code)).toEqual(served.map(() => "UNAUTHENTICATED"))
  })

  test("a message that cannot be answered does nothing: no inbox, or a reply subject among events or API calls", async () => {
    const body = JSON.stringify({ ...greet, key: Key.parse("unanswerable") })
    const heard: string[] = []
    const spy = world.connection.subscribe(">", {
      callback: (_error, message) => {
        heard.push(message.subject)
      },
    })
    const sent = headers()
    sent.set(natsHeaders.authorization, `Bearer ${agent.token}`)
    const event = `controlPlane.v1.local.event.${absent}.approval.granted`
    for (const reply of [undefined, event, "$JS.API.STREAM.DELETE.COUNTERFOIL_EVENTS", "_INBOX"])
      world.connection.publish(subjectOf("intent.submit.v1"), body, {
        headers: sent,
        ...(reply === undefined ? {} : { reply }),
      })
    // Sent after the others on the same connection, so answered after they were read.
    const after = await ask("intent.submit.v1", { ...greet, key: "unanswerable" }, agent)
    expect(after.body).toMatchObject({ duplicate: false })
    expect(
      heard.filter((subject) => subject === event || subject.startsWith("$JS.API.STREAM.DELETE")),
    ).toEqual([])
    spy.unsubscribe()
  })

  test("calls are answered again after the server was killed and came back", async () => {
    await world.server.kill()
    await world.server.start()
    const subject = subjectOf("contract.list.v1")
    const reply = await until("answer after the restart", 20_000, () =>
      askNats(world.connection, subject, "{}", bearer(agent), 500).catch(() => null),
    )
    expect(reply.status).toBe(200)
  }, 30_000)
})

/** The body of a problem but for the id that each request has of its own. */
function withoutTrace({ body }: DoorReply): Json {
  const { traceId: _traceId, ...rest } = body as JsonObject
  return rest
}
