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
  readonly data: Uint8Array
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
        data: message.data,
      })
  }
  return events
}
