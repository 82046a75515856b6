// The connection of one process to NATS: opened when a server is there, and open again whenever it comes back.
// Owns: trying for ever, and telling how it stands. Does not own: what is said over it, nor the address (nats-address.ts).
// Keeps INV-14: nothing waits for NATS; without it work goes on through PostgreSQL and HTTP.

import { setTimeout as pause } from "node:timers/promises"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import type { NatsAddress } from "@counterfoil/sdk"

/** How the connection stands. */
export type NatsStatus = "connecting" | "up" | "down" | "closed"

/** A connection that is kept open until it is closed. */
export interface NatsLink {
  readonly status: () => NatsStatus
  /** Calls back with the connection once it was opened for the first time; not at all when the link is closed before. */
  whenOpen(use: (connection: NatsConnection) => void): void
  /** Ends it, with what was sent flushed. Settles when it is ended. */
  close(): Promise<void>
}

/** What a link is made of. */
export interface NatsLinkWorld {
  readonly address: NatsAddress
  /** The name that the server's operator sees. */
  readonly name: string
  /** Told of every change of `status`; `error` is why it went down, where the client says so. */
  readonly changed: (status: NatsStatus, error?: unknown) => void
}

const connectMs = 5_000
/** Between two tries: a server that restarts is met soon, and one that is away is not hammered. */
const againMs = 500
/** How long replies that were sent may take to leave when the link closes. */
const flushMs = 2_000

/** Starts connecting, and answers at once. */
export function openNatsLink({ address, name, changed }: NatsLinkWorld): NatsLink {
  const closing = new AbortController()
  const uses: ((connection: NatsConnection) => void)[] = []
  let status: NatsStatus = "connecting"
  let live: NatsConnection | null = null
  const become = (next: NatsStatus, error?: unknown): void => {
    if (next === status) return
    status = next
    changed(next, error)
  }

  const open = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        live = await connect({
          ...address,
          name,
          timeout: connectMs,
          maxReconnectAttempts: -1,
          reconnectTimeWait: againMs,
          // One failed login must not end trying for ever: the file of the server may be on its way.
          ignoreAuthErrorAbort: true,
        })
      } catch (error) {
        become("down", error) // no server, or no login: the next try tells
        await pause(againMs, undefined, { signal: closing.signal }).catch(() => undefined)
        continue
      }
      // Closed while it was being opened.
      if (closing.signal.aborted) return live.close()
      become("up")
      for (const use of uses.splice(0)) use(live)
      await follow(live, become)
      return
    }
  }
  const opened = open()

  return {
    status: () => status,
    whenOpen: (use) => {
      if (live === null) uses.push(use)
      else use(live)
    },
    close: async () => {
      closing.abort()
      if (live !== null && !live.isClosed()) {
        if (status === "up") await Promise.race([live.flush(), pause(flushMs)]).catch(() => undefined)
        await live.close()
      }
      await opened
      become("closed")
    },
  }
}

/** Follows what the client tells of its connection, until it is closed. */
async function follow(connection: NatsConnection, become: (next: NatsStatus) => void): Promise<void> {
  for await (const told of connection.status()) {
    if (told.type === "reconnect") become("up")
    if (told.type === "disconnect" || told.type === "staleConnection") become("down")
  }
}
