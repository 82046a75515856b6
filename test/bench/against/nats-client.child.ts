// The client over NATS, in its own process: a submission answered when it is durable, or the same bytes to a stream and its ack.
// Owns: both loops. Does not own: what answers. `argv`: whom, the server, the tenant, and our callers' tokens.

import { ContractRef, invariant, TenantId } from "@counterfoil/contracts"
import { callSubject, natsHeaders } from "@counterfoil/contracts/nats"
import { jetstream, jetstreamManager, StorageType } from "@nats-io/jetstream"
import { connect, headers } from "@nats-io/transport-node"
import { asked } from "../submitters.ts"
import { keepInFlight, type Load } from "./keep-in-flight.ts"
import { serveSide } from "./serve-side.ts"

const timeoutMs = 30_000
const stream = "BENCH"

const [whom, server, tenant, ...tokens] = process.argv.slice(2)
invariant(server !== undefined, "INV-14", { server: "missing" })
const connection = await connect({ servers: server })
const subject = callSubject(TenantId.parse(tenant), ContractRef.parse("controlPlane.intent.submit@1"))

const message = (at: number) => {
  const key = crypto.randomUUID()
  const { as } = asked(key)
  const sent = headers()
  sent.set(natsHeaders.authorization, `Bearer ${tokens[at % tokens.length]}`)
  sent.set(natsHeaders.contentType, "application/json")
  sent.set(natsHeaders.idempotencyKey, key)
  // No call waits for the end: the answer says that it is durable.
  return { body: JSON.stringify({ as: as ?? null }), sent }
}

const submit = (load: Load) =>
  keepInFlight(load, async (at) => {
    const { body, sent } = message(at)
    const reply = await connection.request(subject, body, { headers: sent, timeout: timeoutMs })
    const refused = reply.headers?.get(natsHeaders.errorCode) ?? ""
    invariant(refused === "", "INV-14", { refused, body: reply.string().slice(0, 300) })
  })

const publish = async (): Promise<(load: Load) => ReturnType<typeof keepInFlight>> => {
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: stream, subjects: ["bench.>"], storage: StorageType.File })
  const client = jetstream(connection)
  return (load) =>
    keepInFlight(load, async (at) => {
      const { body, sent } = message(at)
      await client.publish("bench.submit", body, { headers: sent, timeout: timeoutMs })
    })
}

serveSide({
  ready: {},
  answers: { run: whom === "jetstream" ? await publish() : submit },
  close: () => connection.close(),
})
