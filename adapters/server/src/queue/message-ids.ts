// Submissions that carry a message id chosen by their sender: each is stored once more, without it.
// JetStream drops a message when any other message of the stream had the same `Nats-Msg-Id` within the window, and no
// permission says who may use which id. So the server's acknowledgement of such a message proves nothing, and neither does a missing one.
// Keeps INV-10 (no tenant and no principal takes another's submission away) and INV-14 (acknowledged is stored).

import { type Msg, type MsgHdrs, type NatsConnection, headers } from "@nats-io/transport-node"
import { canonicalBytes, type Digest } from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import {
  anyToken,
  natsHeaders,
  parseSubject,
  submitConsumer,
  submitSubject,
} from "@counterfoil/contracts/nats"
import { BusUnavailable } from "@counterfoil/contracts/ports"

/**
 * The most submissions of one tenant that are stored again at the same time. A further one is reported and not kept in memory. The
 * count is by subject, so that one tenant's flood takes nothing from another tenant (INV-10).
 */
const storingMax = 256

/** The part of a connection that a listener uses. */
interface Subscribes {
  subscribe(
    subject: string,
    options: {
      readonly queue: string
      readonly callback: (error: Error | null, message: Pick<Msg, "subject" | "headers" | "data">) => void
    },
  ): { unsubscribe(): void }
}

/** Stops listening. */
type StopListening = () => void

/**
 * Listens to every submission as it is published, beside the stream. One process of the installation gets each, and stores
 * the ones with a message id again through `store`. The gate makes one execution of the two: they have one key.
 */
export function storeIdentified(
  connection: Pick<NatsConnection, "isClosed"> & Subscribes,
  store: (subject: string, body: Uint8Array, all: MsgHdrs) => Promise<void>,
  failed: (error: unknown) => void,
): StopListening {
  const storing = new Map<string, number>()
  const subscription = connection.subscribe(submitSubject(anyToken), {
    queue: submitConsumer,
    callback: (error, message) => {
      if (error !== null) return failed(error)
      const all = withoutId(message)
      if (all === null) return
      const { subject } = message
      const before = storing.get(subject) ?? 0
      if (before >= storingMax) return failed(new BusUnavailable("too many submissions with a message id"))
      storing.set(subject, before + 1)
      void store(subject, message.data, all)
        .catch(failed)
        .finally(() => {
          const left = (storing.get(subject) ?? 0) - 1
          if (left > 0) storing.set(subject, left)
          else storing.delete(subject)
        })
    },
  })
  return () => {
    if (!connection.isClosed()) subscription.unsubscribe()
  }
}

/** The headers to store a submission under, its message id moved to a header that no server reads; null for one without. */
function withoutId({ subject, headers: given }: Pick<Msg, "subject" | "headers">): MsgHdrs | null {
  const id = given?.get(natsHeaders.messageId) ?? ""
  if (given === undefined || id === "" || parseSubject(subject)?.kind !== "submit") return null
  const all = headers()
  for (const name of keptHeaders) if (given.has(name)) all.set(name, given.get(name))
  all.set(natsHeaders.senderId, id)
  return all
}

const keptHeaders = [
  natsHeaders.authorization,
  natsHeaders.contentType,
  natsHeaders.idempotencyKey,
  natsHeaders.traceparent,
] as const

/** The message id that the sender of a submission chose, on the message itself or on what was stored again; null without one. */
export const senderIdOf = (given: MsgHdrs | undefined): string | null =>
  given?.get(natsHeaders.messageId) || given?.get(natsHeaders.senderId) || null

/** The parts that identify a submission with a message id; both of its messages have the same. */
interface IdentifiedSubmission {
  readonly subject: string
  readonly tokenHash: Digest | null
  readonly key: string | null
  readonly senderId: string
  readonly body: Uint8Array
}

/** The id of a submission that carries a message id: equal for both of its messages, and for no other sender's. */
export const identityOf = ({ subject, tokenHash, key, senderId, body }: IdentifiedSubmission): string =>
  `nats-${blobDigest(canonicalBytes([subject, tokenHash, key?.toWellFormed() ?? null, senderId.toWellFormed(), blobDigest(body)])).slice("sha256:".length)}`
