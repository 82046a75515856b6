// The bus on JetStream, from nats-server 2.9 on: one stream of events, one work queue of submissions.
// Owns: publishing in order, pulling, acknowledging. Does not own: the connection, the streams' settings (nats-streams.ts).
// Keeps INV-14: a publish names the number that it follows, so the server refuses gaps, repetitions and a stale relay's events.

import { jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream"
import { headers, nanos, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/transport-node"
import { Digest, type Digest as DigestOfEntry } from "@counterfoil/contracts"
import {
  eventSubject,
  natsHeaders,
  natsStreams,
  submitConsumer,
  submitSubject,
} from "@counterfoil/contracts/nats"
import {
  BusUnavailable,
  type Bus,
  type BusEvent,
  type StreamEnd,
  type Submission,
  type SubmitRequest,
} from "@counterfoil/contracts/ports"
import { bearerHash } from "../entrance/authenticate.ts"
import { identityOf, senderIdOf, storeIdentified } from "./message-ids.ts"
import { openStreams, type Streams } from "./nats-streams.ts"

/** Below the remaining time of a relay's lease: after a publish without an answer the relay checks the end of the stream. */
const publishTimeoutMs = 4_000
/** The most events published without an answer yet. */
const inFlightMax = 256
/** How long `take` waits at the server, and then for the server's answer. */
const takeMs = 2_000
const answerMs = 2_000

/** What a bus on NATS needs. */
interface NatsBusParts {
  readonly connection: NatsConnection
  /** Receives errors outside a call: while storing a submission again or bringing an old stream up to date. */
  readonly failed?: (error: unknown) => void
}

/** Opens the bus on a connection that the caller closes. Missing streams are created when they are needed. */
export async function openNatsBus({ connection, failed = () => undefined }: NatsBusParts): Promise<Bus> {
  const js = jetstream(connection, { timeout: publishTimeoutMs })
  const manager = await jetstreamManager(connection, { checkAPI: false, timeout: publishTimeoutMs })
  const streams = openStreams(manager, failed)
  let prepared = false
  let closed = false

  const publishOne = async (event: BusEvent, after: number): Promise<boolean> => {
    try {
      const { seq, stream } = await js.publish(
        eventSubject(event.tenant, event.executionId, event.kind),
        event.body,
        {
          msgID: hexOf(event.id),
          headers: eventHeaders(event),
          timeout: publishTimeoutMs,
          expect: { lastSequence: after, streamName: natsStreams.events.name },
        },
      )
      // For an event that was stored a moment ago, the server returns the number that it got then.
      return stream === natsStreams.events.name && seq === after + 1
    } catch {
      return false
    }
  }

  /** Stores a submission. An acknowledgement that says `duplicate` is an error: the messages of this bus have no id. */
  const store = async (subject: string, body: Uint8Array, all: MsgHdrs): Promise<void> => {
    const { stream, duplicate } = await js.publish(subject, body, { headers: all, timeout: publishTimeoutMs })
    if (duplicate || stream !== natsStreams.submit.name)
      throw new BusUnavailable(`${stream} did not keep the submission`)
  }
  const stopListening = storeIdentified(
    connection,
    (subject, body, all) => onBus(() => store(subject, body, all)),
    failed,
  )

  return {
    end: () => onBus(() => endOf(manager, streams)),
    publish: async (after, events) => {
      for (let sent = 0; sent < events.length; sent += inFlightMax) {
        const answers = await Promise.all(
          events.slice(sent, sent + inFlightMax).map((event, at) => publishOne(event, after + sent + at)),
        )
        const refused = answers.indexOf(false)
        if (refused !== -1) return sent + refused
      }
      return events.length
    },
    submit: async (tenant, request) => {
      await onBus(async () => {
        await streams.prepareSubmissions()
        await store(submitSubject(tenant), request.body, submitHeaders(request))
      })
    },
    take: () =>
      onBus(async () => {
        if (closed) return null
        if (!prepared) await streams.prepareSubmissions()
        prepared = true
        try {
          return await pull(connection)
        } catch (error) {
          prepared = false
          throw error
        }
      }),
    close: () => {
      closed = true
      stopListening()
      return Promise.resolve()
    },
  }
}

async function onBus<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    throw new BusUnavailable("NATS cannot be reached, or JetStream is not available", { cause: error })
  }
}

const hexOf = (digest: DigestOfEntry): string => digest.slice("sha256:".length)

function eventHeaders({ position }: BusEvent): MsgHdrs {
  const all = headers()
  all.set(natsHeaders.contentType, "application/cloudevents+json")
  all.set(natsHeaders.position, String(position))
  return all
}

function submitHeaders({ authorization, key, traceparent }: SubmitRequest): MsgHdrs {
  const all = headers()
  all.set(natsHeaders.contentType, "application/json")
  if (authorization !== null) all.set(natsHeaders.authorization, authorization)
  if (key !== null) all.set(natsHeaders.idempotencyKey, key)
  if (traceparent !== null) all.set(natsHeaders.traceparent, traceparent)
  return all
}

async function endOf(manager: JetStreamManager, streams: Streams): Promise<StreamEnd> {
  const { name } = natsStreams.events
  await streams.prepareEvents()
  const { created, state } = await manager.streams.info(name)
  const stored = state.last_seq === 0 ? null : await manager.streams.getMessage(name, { seq: state.last_seq })
  return {
    stream: created,
    number: state.last_seq,
    last: stored === null ? null : placeOf(stored.header),
  }
}

/** The entry of an event; null for an event without these headers, which the relay did not publish. */
function placeOf(header: MsgHdrs): StreamEnd["last"] {
  const id = Digest.safeParse(`sha256:${header.get(natsHeaders.messageId)}`)
  const position = Number(header.get(natsHeaders.position))
  return id.success && Number.isSafeInteger(position) && position > 0 ? { id: id.data, position } : null
}

/** Pulls one message by the wire protocol: one request and one answer, without a subscription to maintain. */
async function pull(connection: NatsConnection): Promise<Submission | null> {
  const asked = JSON.stringify({ batch: 1, expires: nanos(takeMs) })
  const message = await connection.request(
    `$JS.API.CONSUMER.MSG.NEXT.${natsStreams.submit.name}.${submitConsumer}`,
    asked,
    { noMux: true, timeout: takeMs + answerMs },
  )
  const status = message.headers?.code ?? 0
  if (status === nothingStatus || status === expiredStatus) return null
  const place = message.reply === undefined ? null : deliveryOf(message.reply)
  if (status !== 0 || place === null) throw new BusUnavailable(`the pull was answered with ${status}`)
  return submissionOf(connection, message, place)
}

const nothingStatus = 404
const expiredStatus = 408

interface Delivery {
  readonly messageId: string
  readonly deliveries: number
  readonly settle: string
}

/** `$JS.ACK.<stream>.<consumer>.<deliveries>.<number>.<consumer's number>.<time>.<pending>`, with two more in front in newer servers. */
function deliveryOf(settle: string): Delivery | null {
  const tokens = settle.split(".")
  const at = tokens.length === 9 ? 4 : 6
  const [deliveries, number, , time] = tokens.slice(at)
  if (tokens[1] !== "ACK" || time === undefined) return null
  // A number alone would be reused when the stream is created again.
  return { messageId: `nats-${number}-${time}`, deliveries: Number(deliveries), settle }
}

function submissionOf(connection: NatsConnection, message: Msg, delivery: Delivery): Submission {
  const settle = async (word: string): Promise<void> => {
    await onBus(() => connection.request(delivery.settle, word, { timeout: answerMs }))
  }
  const given = (name: string): string | null => message.headers?.get(name) || null
  const { subject, data: body } = message
  const tokenHash = bearerHash(given(natsHeaders.authorization))
  const key = given(natsHeaders.idempotencyKey)
  const senderId = senderIdOf(message.headers)
  return {
    messageId:
      senderId === null ? delivery.messageId : identityOf({ subject, tokenHash, key, senderId, body }),
    tenant: subject.split(".")[2] ?? "",
    tokenHash,
    key,
    messageKey: senderId,
    traceparent: given(natsHeaders.traceparent),
    body,
    deliveries: delivery.deliveries,
    ack: () => settle("+ACK"),
    nak: (delayMs) => settle(`-NAK ${JSON.stringify({ delay: nanos(delayMs) })}`),
    // Without a reason: a 2.9 server does not understand one, and would redeliver the message.
    term: () => settle("+TERM"),
    working: () => {
      if (!connection.isClosed()) connection.publish(delivery.settle, "+WPI")
    },
  }
}
