// A consumer of events that stops and starts again in the middle, as consumers do, and says what it was given.
// Owns: reading the stream from where it kept its place, and the count of what came out of order. Does not own: the relay.
// Shares no code with the product's reader: it is the judge.

import { setTimeout as pauseFor } from "node:timers/promises"
import { jetstream } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { natsStreams } from "@counterfoil/contracts/nats"
import { z } from "zod"

/** What was read. */
export interface EventsRead {
  /** The number of the last event of each execution. */
  readonly places: ReadonlyMap<string, number>
  /** Events that came before the one that they follow. */
  readonly gaps: () => number
  readonly restarts: () => number
  close(): Promise<void>
}

const Event = z.looseObject({ subject: z.string(), sequence: z.string().regex(/^\d{20}$/) })
/** A consumer restarts after so many events, and goes back so far: it did its work and died before it kept its place. */
const restartEvery = 500
const goesBack = 20

/** Starts reading at the beginning of the stream. */
export function readEvents(natsUrl: string): EventsRead {
  const places = new Map<string, number>()
  let gaps = 0
  let restarts = 0
  let kept = 0
  let open = true
  const take = (body: unknown): void => {
    const { subject, sequence } = Event.parse(body)
    const [before, seq] = [places.get(subject) ?? 0, Number(sequence)]
    if (seq > before + 1) gaps += 1
    if (seq > before) places.set(subject, seq)
  }
  const life = async (): Promise<void> => {
    const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1 })
    try {
      const consumer = await jetstream(connection).consumers.get(natsStreams.events.name, {
        opt_start_seq: Math.max(1, kept + 1),
      })
      let taken = 0
      while (open && taken < restartEvery) {
        const messages = await consumer.fetch({ max_messages: 100, expires: 1_000 })
        for await (const message of messages) {
          take(message.json())
          kept = message.seq
          taken += 1
        }
      }
      kept = Math.max(0, kept - goesBack)
      restarts += 1
    } finally {
      await connection.close()
    }
  }
  const running = (async () => {
    while (open)
      // No stream yet, or the server is away: the next life begins where this one kept its place.
      await life().catch(() => pauseFor(200))
  })()
  return {
    places,
    gaps: () => gaps,
    restarts: () => restarts,
    close: async () => {
      open = false
      await running
    },
  }
}
