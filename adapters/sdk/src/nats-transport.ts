// The control plane over NATS: requests on its subjects, hints from the events of an execution.
// Owns: the connection, headers, what a missing reply means. Does not own: the subjects (contracts/nats), nor repeating requests.
// Keeps INV-14: a message is never the record; a caller that may not follow events, or misses one, still reads the record.

import {
  connect,
  headers,
  NoRespondersError,
  RequestError,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/transport-node"
import {
  parseWith,
  Problem,
  TenantId,
  type ExecutionId,
  type Json,
  type JsonObject,
} from "@counterfoil/contracts"
import { callSubject, eventSubjects, natsHeaders } from "@counterfoil/contracts/nats"
import { natsAddress, type NatsAddress } from "./nats-address.ts"
import type { Reply, Request, Transport } from "./transport.ts"

/** Pause between two tries to connect again; chosen so that the end of a server's restart is noticed soon. */
const reconnectMs = 250
const connectMs = 5_000

/** A transport to an address such as `nats://user:password@host:4222/acme`; its path is the tenant. Throws `TypeError` for others. */
export function openNatsTransport(url: string, token: string): Transport {
  const { tenant, address } = placeOf(url)
  const connection = openConnection(address)
  return {
    ask: async (request) => {
      const live = await connection.get().catch((cause: unknown) => ({ cause }))
      if ("cause" in live) return { kind: "lost", arrived: false, cause: live.cause }
      try {
        const { timeoutMs, contract } = request
        const [body, sent] = messageOf(token, request)
        return replyOf(
          await live.request(callSubject(tenant, contract.ref), body, { timeout: timeoutMs, headers: sent }),
        )
      } catch (cause) {
        return { kind: "lost", arrived: !foundNobody(cause), cause }
      }
    },
    hints: (executionId, signal) => followHints(connection, tenant, executionId, signal),
    close: () => connection.close(),
  }
}

/** The tenant is the path of the address, or of the last of several. */
function placeOf(url: string): { readonly tenant: TenantId; readonly address: NatsAddress } {
  const path = URL.parse(url.split(",").at(-1) ?? "")?.pathname ?? ""
  const tenant = TenantId.safeParse(path.slice(1))
  if (!tenant.success) throw new TypeError("a NATS url ends in the tenant: nats://host:4222/acme")
  const address = natsAddress(url.slice(0, url.length - path.length))
  if (!address.ok) throw new TypeError(address.error)
  return { tenant: tenant.data, address: address.value }
}

interface Connection {
  get(): Promise<NatsConnection>
  close(): Promise<void>
}

/** One connection, opened when it is first needed and again when it was closed for good. */
function openConnection(address: NatsAddress): Connection {
  let opened: Promise<NatsConnection> | null = null
  const open = async (): Promise<NatsConnection> => {
    const live = await connect({
      ...address,
      name: "counterfoil-agent",
      timeout: connectMs,
      maxReconnectAttempts: -1,
      reconnectTimeWait: reconnectMs,
    })
    void live.closed().then(() => {
      opened = null
    })
    return live
  }
  return {
    get: async () => {
      opened ??= open()
      try {
        return await opened
      } catch (cause) {
        opened = null
        throw cause
      }
    },
    close: async () => {
      await opened?.then((live) => live.close()).catch(() => undefined)
    },
  }
}

function messageOf(token: string, { input, waitSeconds, traceparent }: Request): [string, MsgHdrs] {
  const { key, ...rest } = input
  const sent = headers()
  sent.set(natsHeaders.authorization, `Bearer ${token}`)
  sent.set(natsHeaders.contentType, "application/json")
  if (typeof key === "string") sent.set(natsHeaders.idempotencyKey, key)
  if (waitSeconds > 0) sent.set(natsHeaders.prefer, `wait=${waitSeconds}`)
  if (traceparent !== null) sent.set(natsHeaders.traceparent, traceparent)
  const body: JsonObject = typeof key === "string" ? rest : input
  return [JSON.stringify(body), sent]
}

function replyOf(message: Msg): Reply {
  const body = message.json<Json>()
  const code = message.headers?.get(natsHeaders.errorCode) ?? ""
  if (code === "") return { kind: "answer", body }
  const problem = parseWith(Problem, body)
  if (!problem.ok)
    return { kind: "lost", arrived: true, cause: new Error(`${code}, and not from a control plane`) }
  const after = message.headers?.get(natsHeaders.retryAfter) ?? ""
  return {
    kind: "problem",
    problem: problem.value,
    retryAfterMs: /^\d{1,6}$/.test(after) ? Number(after) * 1_000 : null,
  }
}

/** True when no one listens on the subject: the request cannot have had an effect. */
const foundNobody = (cause: unknown): boolean =>
  cause instanceof NoRespondersError || (cause instanceof RequestError && cause.isNoResponders())

/** Events of one execution. An agent whose NATS user may not follow them gets none, and polls. */
async function* followHints(
  connection: Connection,
  tenant: TenantId,
  executionId: ExecutionId,
  signal: AbortSignal,
): AsyncGenerator<void, void, undefined> {
  try {
    const live = await connection.get()
    const events = live.subscribe(eventSubjects(tenant, executionId))
    const stop = () => {
      events.unsubscribe()
    }
    signal.addEventListener("abort", stop)
    for await (const _ of events) yield
  } catch {
    // Not permitted, or not connected: hints are optional.
  }
}
