// Answers calls over NATS: one subscription in a queue group for every call, and the subjects of discovery.
// Owns: the subscriptions, the limit of concurrent requests, the drain. Does not own: one request (answer-call.ts), the connection.
// Keeps INV-04: a request that cannot be answered is not executed, so a message without a reply inbox has no effect.

import type { Msg, NatsConnection } from "@nats-io/transport-node"
import { refuse, type Registry } from "@counterfoil/contracts"
import { hex } from "@counterfoil/contracts/digest"
import { anyToken, callSubjects, isInbox, natsCalls } from "@counterfoil/contracts/nats"
import type { Clock, Directory, Random } from "@counterfoil/contracts/ports"
import type { DoorLimits } from "../entrance/door-limits.ts"
import { noRoom, openEntrance } from "../entrance/entrance.ts"
import { newTraceId, type Gate } from "@counterfoil/gate"
import { describeError, type Logger } from "../operate/telemetry/logger.ts"
import type { Metrics } from "../operate/telemetry/metrics.ts"
import { callAnswerer } from "./answer-call.ts"
import { discoveryVerbs, endpointName, queueGroup, type DiscoveryVerb } from "./discovery.ts"
import { openStatsTable } from "./endpoint-stats.ts"
import { messageHeaders, problemReply, type NatsReply } from "./nats-reply.ts"
import type { NatsLink } from "./open-nats-link.ts"

/** What it needs. */
interface NatsDoorWorld {
  readonly link: Pick<NatsLink, "whenOpen">
  readonly gate: Gate
  readonly directory: Directory
  readonly registry: Registry
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Pick<Metrics, "observe">
  readonly limits: DoorLimits
  readonly logger: Logger
  /** The version that discovery reports. */
  readonly version: string
  /** The prefix of the discovery subjects: `$SRV`, unless an account maps it to another. */
  readonly discoveryPrefix: string
}

/** The running subscriptions. `close` takes no more requests, ends waits, and settles when the last reply is sent. */
export interface NatsDoor {
  close(): Promise<void>
}

/**
 * Concurrent requests, including those whose caller is not authenticated yet: each holds a message of at most the server's
 * `max_payload`. Above the limit the answer is OVERLOADED, before the message is read.
 */
const inHandMax = 1_000
const instanceIdBytes = 12

/** Subscribes as soon as the link is open, and answers again whenever the connection is restored. */
export function openNatsDoor(world: NatsDoorWorld): NatsDoor {
  const closing = new AbortController()
  const stats = openStatsTable()
  const answerCall = callAnswerer({
    ...world,
    entrance: openEntrance({ ...world, closing: closing.signal }),
    closing: closing.signal,
  })
  const verbs = discoveryVerbs(world.discoveryPrefix, {
    id: hex(world.random.bytes(instanceIdBytes)),
    version: world.version,
    started: world.clock.now(),
    calls: natsCalls(world.registry),
    stats,
  })
  const inHand = new Set<Promise<void>>()
  let ends: (() => Promise<void>) | null = null

  const handle = async (message: Msg, connection: NatsConnection): Promise<void> => {
    const begun = performance.now()
    const { call, reply } = await answerCall(message)
    const sent = send(connection, message, reply, world.random)
    const ms = performance.now() - begun
    const status = String(sent.problem?.status ?? 200)
    if (call !== null)
      stats.add(endpointName(call), ms, sent.problem === null ? null : `${status} ${sent.problem.code}`)
    const subject = call?.name ?? "none"
    world.metrics.observe("nats_request_duration_seconds", { subject, status }, ms / 1000)
  }
  const take = (message: Msg, connection: NatsConnection): void => {
    if (!isInbox(message.reply)) return
    if (inHand.size >= inHandMax) {
      send(connection, message, problemReply(noRoom.problem(newTraceId(world.random))), world.random)
      return
    }
    const handling = handle(message, connection)
      .catch((error: unknown) => world.logger.error("request failed", describeError(error)))
      .finally(() => inHand.delete(handling))
    inHand.add(handling)
  }

  world.link.whenOpen((connection) => {
    if (closing.signal.aborted) return
    const subscription = connection.subscribe(callSubjects(anyToken), {
      queue: queueGroup,
      callback: (error, message) => {
        if (error === null) take(message, connection)
        else world.logger.error("request failed", describeError(error))
      },
    })
    const stopTelling = tellWho(connection, verbs)
    ends = async () => {
      if (connection.isClosed()) return
      stopTelling()
      await subscription.drain().catch(() => undefined) // the connection is gone, so there is nothing to drain
    }
  })
  return {
    close: async () => {
      await ends?.()
      closing.abort()
      await Promise.all(inHand)
    },
  }
}

/** Answers discovery until the returned function is called. */
function tellWho(connection: NatsConnection, verbs: readonly DiscoveryVerb[]): () => void {
  const told = verbs.map(({ subject, body }) =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null && isInbox(message.reply)) message.respond(JSON.stringify(body()))
      },
    }),
  )
  return () => {
    for (const subscription of told) subscription.unsubscribe()
  }
}

/** Sends a reply, or LIMIT_EXCEEDED for one that is too large for the server. Returns what was sent. */
function send(connection: NatsConnection, message: Msg, reply: NatsReply, random: Random): NatsReply {
  const limit = connection.info?.max_payload ?? Number.POSITIVE_INFINITY
  const size = Buffer.byteLength(reply.body) + headerBytesMax
  const fits =
    size <= limit
      ? reply
      : problemReply(refuse("LIMIT_EXCEEDED", { what: "the answer", limit }).problem(newTraceId(random)))
  if (!connection.isClosed()) message.respond(fits.body, { headers: messageHeaders(fits.headers) })
  return fits
}

/** More than the reply's headers ever take; the server counts them with the body. */
const headerBytesMax = 1_024
