// The queue of submissions beside the simulated processes: JetStream as far as one sender can harm another.
// Owns: which message ids it remembers, what it keeps, which process receives a message. Does not own: delivery (people.ts).

import type { MsgHdrs } from "@nats-io/transport-node"
import { natsHeaders } from "@counterfoil/contracts/nats"
import type { Dice } from "../replay/dice.ts"
import type { Host } from "./host.ts"
import type { VirtualTime } from "./virtual-time.ts"

/** A message as its sender publishes it. */
export interface Published {
  readonly subject: string
  readonly headers: MsgHdrs
  readonly data: Uint8Array
}

/** What became of a message. */
export interface StreamAnswer {
  /** The server had the message id a moment ago, and dropped this message. */
  readonly duplicate: boolean
  /** The process that received it; null while all are dead. */
  readonly heardBy: Host | null
}

/** The queue. */
export interface Stream {
  publish(message: Published): StreamAnswer
  /** Whether it keeps a message under this idempotency key. */
  keeps(key: string): boolean
  /** The connection of one process, as production code listens on it. */
  connect(host: Host): {
    isClosed(): boolean
    subscribe(
      subject: string,
      options: { readonly callback: (error: Error | null, message: Published) => void },
    ): { unsubscribe(): void }
  }
}

/** How long the server remembers a message id (nats-streams.ts). */
const windowMs = 100

/** An empty queue. */
export function openStream(time: VirtualTime, dice: Dice): Stream {
  const known = new Map<string, number>()
  const kept = new Set<string>()
  const listeners: { readonly host: Host; readonly hear: (message: Published) => void }[] = []
  const isDuplicate = (id: string): boolean => {
    if (id === "") return false
    const before = known.get(id)
    if (before !== undefined && time.now() - before < windowMs) return true
    known.set(id, time.now())
    return false
  }
  return {
    publish: (message) => {
      const duplicate = isDuplicate(message.headers.get(natsHeaders.messageId))
      if (!duplicate) kept.add(message.headers.get(natsHeaders.idempotencyKey))
      const alive = listeners.filter(({ host }) => host.isAlive())
      const heard = alive.length === 0 ? null : dice.one(alive)
      heard?.hear(message)
      return { duplicate, heardBy: heard?.host ?? null }
    },
    keeps: (key) => kept.has(key),
    connect: (host) => ({
      isClosed: () => !host.isAlive(),
      subscribe: (_subject, { callback }) => {
        listeners.push({ host, hear: (message) => callback(null, message) })
        return { unsubscribe: () => undefined }
      },
    }),
  }
}
