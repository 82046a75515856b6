// LISTEN and NOTIFY: wakes other processes when an execution has work.
// Owns: the listening connection and its repair, sending in bundles. Does not own: anything that must arrive.
// Keeps INV-14: an id is a hint; a lost one costs the time until the next sweep.

import type { ExecutionId } from "@counterfoil/contracts"
import type { Doorbell } from "@counterfoil/contracts/ports"
import { setTimeout as delay } from "node:timers/promises"
import type { Client } from "pg"
import { openClient } from "../database/connect.ts"

/** A doorbell that holds one connection until it is closed. */
export interface PostgresDoorbell extends Doorbell {
  close(): Promise<void>
}

const channel = "counterfoil"
const reconnectAfterMs = 1_000
// Beyond this, more rings do not help: the sweeper takes over.
const unsentMax = 1_000

/** Opens the doorbell. It repairs its connection by itself and is silent while there is none. */
export async function openPostgresDoorbell(url: string): Promise<PostgresDoorbell> {
  const listeners = new Set<(executionId: ExecutionId) => void>()
  const unsent = new Set<ExecutionId>()
  const closing = new AbortController()
  let client: Client | null = null
  let sending = false

  const connect = async (): Promise<void> => {
    const opened = await openClient({ url, role: "counterfoil_service", tenant: "" })
    opened.on("notification", ({ payload }) => {
      for (const id of (payload ?? "").split(" ")) for (const heard of listeners) heard(id as ExecutionId)
    })
    try {
      await opened.query(`listen ${channel}`)
    } catch (error) {
      await opened.end()
      throw error
    }
    client = opened
    opened.on("end", () => {
      client = null
      if (!closing.signal.aborted) void repair()
    })
  }
  const repair = async (): Promise<void> => {
    for (;;) {
      try {
        await delay(reconnectAfterMs, undefined, { signal: closing.signal })
        return await connect()
      } catch {
        // Still unreachable, or closing; the sweeper finds work whose rings are lost.
        if (closing.signal.aborted) return
      }
    }
  }
  const send = async (): Promise<void> => {
    sending = true
    while (unsent.size > 0 && client !== null) {
      // A notification holds at most 8,000 bytes: 250 ids of 30 characters.
      const ids = [...unsent].slice(0, 250)
      for (const id of ids) unsent.delete(id)
      await client.query("select pg_notify($1, $2)", [channel, ids.join(" ")]).catch(() => undefined)
    }
    sending = false
  }

  await connect()
  return {
    ring: (executionId) => {
      if (unsent.size < unsentMax) unsent.add(executionId)
      if (!sending) void send()
    },
    listen: (heard) => {
      listeners.add(heard)
      return () => void listeners.delete(heard)
    },
    close: async () => {
      closing.abort()
      await client?.end()
    },
  }
}
