// A control plane that answers over HTTP and over NATS, on its own nats-server, and functions that call both.
// Owns: starting and ending it, one request on each door with the same parts. Does not own: what is asked.

import { connect, headers, type NatsConnection } from "@nats-io/transport-node"
import { AnyJson, Problem, type Json } from "@counterfoil/contracts"
import { natsHeaders } from "@counterfoil/contracts/nats"
import { startNatsServer, type NatsServer } from "../support/nats-server.ts"
import { startTestPlane, type TestPlane } from "../support/test-plane.ts"
import { until } from "../support/until.ts"

/** Both doors of one control plane. */
export interface NatsPlane {
  readonly plane: TestPlane
  readonly server: NatsServer
  readonly connection: NatsConnection
  close(): Promise<void>
}

/** A reply of either door, in the same form. `code` is that of a problem. */
export interface DoorReply {
  readonly status: number
  readonly code: string | null
  readonly body: Json
  readonly headers: Readonly<Record<string, string>>
}

const answerWithinMs = 15_000

/** Starts server and control plane, and answers when its calls are answered. */
export async function startNatsPlane(
  suite: string,
  env: Readonly<Record<string, string>> = {},
): Promise<NatsPlane> {
  const server = await startNatsServer()
  const plane = await startTestPlane(suite, "PT20S", () => Promise.resolve(), {
    env: { NATS_URL: server.url, ...env },
  })
  const connection = await connect({ servers: server.url, reconnectTimeWait: 100 })
  await untilAnswered(connection)
  return {
    plane,
    server,
    connection,
    close: async () => {
      await connection.close()
      await plane.close()
      await server.close()
    },
  }
}

/** Waits until a process answers discovery, which is subscribed to after the calls. */
export async function untilAnswered(connection: NatsConnection, prefix = "$SRV"): Promise<void> {
  await until("answer over NATS", answerWithinMs, () =>
    connection.request(`${prefix}.PING`, "", { timeout: 1_000 }).catch(() => null),
  )
}

/** One request over NATS. `body` is sent as it is. */
export async function askNats(
  connection: NatsConnection,
  subject: string,
  body: string | Uint8Array,
  sent: Readonly<Record<string, string>> = {},
  timeout = answerWithinMs,
): Promise<DoorReply> {
  const all = headers()
  for (const [name, value] of Object.entries(sent)) all.set(name, value)
  const reply = await connection.request(subject, body, { timeout, headers: all })
  const given = Object.fromEntries(
    [...(reply.headers ?? [])].map(([name, values]) => [name, values.join(", ")]),
  )
  const status = given[natsHeaders.errorCode]
  return {
    status: status === undefined ? 200 : Number(status),
    code: given[natsHeaders.error] ?? null,
    body: AnyJson.parse(JSON.parse(reply.string())),
    headers: given,
  }
}

/** One request over HTTP, with the same parts. */
export async function askHttp(
  url: string,
  method: string,
  path: string,
  body: string | undefined,
  sent: Readonly<Record<string, string>>,
): Promise<DoorReply> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...sent, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    ...(body === undefined ? {} : { body }),
  })
  const answer = AnyJson.parse(await response.json())
  const problem = Problem.safeParse(answer)
  const code = problem.success ? problem.data.code : null
  return { status: response.status, code, body: answer, headers: Object.fromEntries(response.headers) }
}
