// What the event stream of a nats-server holds, read from its first number to its last.
// Owns: reading it as an operator would. Does not own: reading it as a consumer (the tests of the relay do).

import { jetstreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { natsHeaders, natsStreams } from "@counterfoil/contracts/nats"

/** One stored event; `id` is its message id. */
export interface StoredEvent {
  readonly number: number
  readonly id: string
  readonly subject: string
  readonly contentType: string
  readonly data: Uint8Array
}

/** The message id of the last one, and how many there ever were; null while the server cannot say. */
export async function streamEnd(
  connection: NatsConnection,
): Promise<{ readonly id: string | null; readonly number: number } | null> {
  try {
    const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 1_000 })
    const { name } = natsStreams.events
    const { state } = await manager.streams.info(name)
    const last = state.messages === 0 ? null : await manager.streams.getMessage(name, { seq: state.last_seq })
    return { id: last?.header.get(natsHeaders.messageId) ?? null, number: state.last_seq }
  } catch {
    return null
  }
}

/** All of them, in order. */
export async function storedEvents(connection: NatsConnection): Promise<readonly StoredEvent[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false })
  const { name } = natsStreams.events
  const { state } = await manager.streams.info(name)
  const events: StoredEvent[] = []
  for (let number = state.first_seq; number <= state.last_seq; number += 1) {
    const message = await manager.streams.getMessage(name, { seq: number })
    if (message !== null)
      events.push({
        number,
        id: message.header.get(natsHeaders.messageId),
        subject: message.subject,
        contentType: message.header.get(natsHeaders.contentType),
        data: message.data,
      })
  }
  return events
}
