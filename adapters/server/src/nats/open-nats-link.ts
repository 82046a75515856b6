// The connection of one process to NATS: it opens when a server can be reached, and again whenever the server returns.
// Owns: endless retries, and the status of the connection. Does not own: what is sent over it, nor the address (nats-address.ts).
// Keeps INV-14: nothing waits for NATS; without NATS, work goes on through PostgreSQL and HTTP.

import { setTimeout as pause } from "node:timers/promises"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import type { NatsAddress } from "@counterfoil/sdk"
import { evenPauses, keepTrying } from "../outbound/keep-trying.ts"

/** The status of the connection. */
type NatsStatus = "connecting" | "up" | "down" | "closed"

/** A connection that is kept open until it is closed. */
export interface NatsLink {
  readonly status: () => NatsStatus
  /** Calls back with the connection when it opens for the first time; never when the link is closed before that. */
  whenOpen(use: (connection: NatsConnection) => void): void
  /** Flushes what was sent and closes the connection. Settles when it is closed. */
  close(): Promise<void>
}

/** What a link needs. */
interface NatsLinkWorld {
  readonly address: NatsAddress
  /** The name that the server's operator sees. */
  readonly name: string
  /** Called at every change of `status`; `error` is why the connection went down, if the client reports it. */
  readonly changed: (status: NatsStatus, error?: unknown) => void
}

const connectMs = 5_000
/** Pause between two attempts: short, so that a restarted server is found soon, and long enough not to flood one that is down. */
const againMs = 500
/** How long closing waits for replies that were sent to reach the server. */
const flushMs = 2_000

/** Starts connecting, and returns at once. */
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

  const connecting = keepTrying({
    attempt: async () => {
      live = await connect({
        ...address,
        name,
        timeout: connectMs,
        maxReconnectAttempts: -1,
        reconnectTimeWait: againMs,
        // Retry after a failed login too: the operator may still have to install the server's configuration.
        ignoreAuthErrorAbort: true,
      })
      return live
    },
    // No server, or no login: the next attempt shows which.
    failed: (error) => become("down", error),
    pauses: evenPauses(againMs),
  })
  const open = async (): Promise<void> => {
    const ended = await Effect.runPromiseExit(connecting, { signal: closing.signal })
    // The link was closed while the connection opened.
    if (closing.signal.aborted) return live?.close()
    if (Exit.isFailure(ended)) throw Cause.squash(ended.cause)
    become("up")
    for (const use of uses.splice(0)) use(ended.value)
    await follow(ended.value, become)
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

/** Follows the status that the client reports, until the connection is closed. */
async function follow(connection: NatsConnection, become: (next: NatsStatus) => void): Promise<void> {
  for await (const told of connection.status()) {
    if (told.type === "reconnect") become("up")
    if (told.type === "disconnect" || told.type === "staleConnection") become("down")
  }
}
