import fc from "fast-check"
import { headers } from "@nats-io/transport-node"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import {
  controlPlaneCapabilities,
  controlPlaneContracts,
  makeRegistry,
  Problem,
} from "@counterfoil/contracts"
import { callSubject, natsCalls, natsHeaders } from "@counterfoil/contracts/nats"
import { natsServerPath } from "../support/nats-server.ts"
import { addSomeone, type Person } from "../support/people.ts"
import { startNatsPlane, type NatsPlane } from "./nats-plane.ts"

// Half of what HTTP gets (malformed.test.ts of the server), at every test run, from a fixed seed.
const messagesMax = 5_000
const atOnce = 50
const seed = 34

const calls = natsCalls(makeRegistry(controlPlaneContracts, controlPlaneCapabilities))
const subjects = fc.oneof(
  fc.constantFrom(...calls.map(({ contract }) => callSubject("*", contract.ref).replace("*", "local"))),
  fc.constantFrom(
    "controlPlane.v1.local.call.x",
    "controlPlane.v1.local.call.intent.submit",
    "controlPlane.v1.globex.call.intent.submit.v1",
    "controlPlane.v1.UPPER.call.intent.submit.v1",
    "controlPlane.v1.a.call.constructor",
  ),
)
const bodies: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string(),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '{"__proto__":1}',
    '{"a":1,"a":2}',
    '{"a":"\\ud800"}',
    '{"a":1e999}',
    "\ufeff{}",
    "[".repeat(500),
  ),
)
const visible = fc.stringMatching(/^[!-~]{0,60}$/)
const sent = fc.record(
  {
    authorization: visible,
    idempotencyKey: visible,
    prefer: fc.oneof(visible, fc.constantFrom("wait=-1", "wait=1e9", "wait=", "wait=99999999999")),
    traceparent: visible,
    contentType: visible,
  },
  { requiredKeys: [] },
)

describe.skipIf(natsServerPath() === null)("malformed messages over NATS", () => {
  let world: NatsPlane
  let agent: Person
  beforeAll(async () => {
    world = await startNatsPlane("nats-malformed")
    // Without a grant, so that not even a message that happens to be right is let through.
    agent = await addSomeone(world.plane.started, { kind: "agent", name: "robot" })
  }, 60_000)
  afterAll(async () => {
    await world.close()
  })

  test("each is answered with a problem of the table below 500, and none leaves a trace", async () => {
    const samples = fc.sample(fc.record({ subject: subjects, body: bodies, sent, known: fc.boolean() }), {
      numRuns: messagesMax,
      seed,
    })
    for (let first = 0; first < samples.length; first += atOnce) {
      await Promise.all(
        samples.slice(first, first + atOnce).map(async (sample) => {
          const all = headers()
          for (const [name, value] of Object.entries(sample.sent))
            all.set(natsHeaders[name as keyof typeof sample.sent], value)
          if (sample.known) all.set(natsHeaders.authorization, `Bearer ${agent.token}`)
          const reply = await world.connection.request(sample.subject, sample.body, {
            timeout: 15_000,
            headers: all,
          })
          const problem = Problem.safeParse(JSON.parse(reply.string()))
          const told = [reply.headers?.get(natsHeaders.errorCode), reply.headers?.get(natsHeaders.error)]
          const refused =
            problem.success &&
            problem.data.status < 500 &&
            told[0] === String(problem.data.status) &&
            told[1] === problem.data.code
          if (!refused) expect.fail(JSON.stringify({ sample, told, answer: reply.string() }))
        }),
      )
    }
    const { store, tenant } = { store: world.plane.started.plane.store, tenant: world.plane.started.tenant }
    expect(await store.sequenced(tenant, 0, 10, null)).toEqual([])
    expect(samples).toHaveLength(messagesMax)
  }, 120_000)
})
