import { describe, expect, test } from "vitest"
import { connect } from "@nats-io/transport-node"
import { executionGet, intentSubmit, TenantId, type JsonObject } from "@counterfoil/contracts"
import { callSubject, natsHeaders } from "@counterfoil/contracts/nats"
import { natsServerPath, startNatsServer } from "../support/nats-server.ts"
import { addSomeone } from "../support/people.ts"
import { startTestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"
import { askNats, untilAnswered } from "./nats-plane.ts"

const local = TenantId.parse("local")

describe.skipIf(natsServerPath() === null)("the door of NATS comes and goes", () => {
  test(
    "a control plane starts before its nats-server, answers when it is there, and closing ends waits with an answer",
    { timeout: 60_000 },
    async () => {
      const server = await startNatsServer()
      await server.kill()
      const plane = await startTestPlane("nats-drain", "PT20S", () => Promise.resolve(), {
        env: { NATS_URL: server.url },
      })
      const capabilities = ["control-plane.core", "text.compute"]
      const agent = await addSomeone(plane.started, { kind: "agent", name: "robot", capabilities })
      await server.start()
      const connection = await connect({ servers: server.url })
      await untilAnswered(connection)
      const sent = { [natsHeaders.authorization]: `Bearer ${agent.token}` }
      const manual = {
        key: "later",
        start: "manual",
        as: { contract: "text.template.render@1", input: { template: "Hello", values: {} } },
      }
      const submitted = await askNats(
        connection,
        callSubject(local, intentSubmit.ref),
        JSON.stringify(manual),
        sent,
      )
      const { executionId } = submitted.body as JsonObject
      let answered = false
      const waiting = askNats(
        connection,
        callSubject(local, executionGet.ref),
        JSON.stringify({ executionId }),
        { ...sent, [natsHeaders.prefer]: "wait=25" },
        30_000,
      ).finally(() => {
        answered = true
      })
      // A second call on the same connection is answered after the first was taken in hand.
      await askNats(connection, callSubject(local, executionGet.ref), JSON.stringify({ executionId }), sent)
      expect(answered).toBe(false)
      const begun = performance.now()
      await plane.close()
      const reply = await until("answer of the call that waited", 5_000, () => (answered ? waiting : null))
      expect([reply.status, reply.body]).toMatchObject([200, { executionId, status: "planned" }])
      expect(performance.now() - begun).toBeLessThan(20_000)
      await expect(askNats(connection, callSubject(local, executionGet.ref), "{}")).rejects.toThrow(
        /no responders/i,
      )
      await connection.close()
      await server.close()
    },
  )
})
