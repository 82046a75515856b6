// A process whose database goes away and comes back, behind a door that the test shuts and opens.

import { connect, createServer, type Server, type Socket } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { startAll, type Started } from "@counterfoil/server/process"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { newDataFolder, type DataFolder } from "../support/data-folder.ts"
import { until } from "../support/until.ts"

const downWithinMs = 5_000

/** A door to the database: shut, every connection through it is broken and none comes in. */
interface Door {
  readonly port: number
  shut(): void
  open(): Promise<void>
}

async function doorTo(port: number): Promise<Door> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((client) => {
    const inside = connect(port, "127.0.0.1")
    for (const socket of [client, inside]) {
      sockets.add(socket)
      socket.on("error", () => undefined)
      socket.on("close", () => sockets.delete(socket))
    }
    client.pipe(inside).pipe(client)
  })
  const listen = (on: number) =>
    new Promise<void>((resolve) => {
      server.listen(on, "127.0.0.1", resolve)
    })
  await listen(0)
  const address = server.address()
  const own = typeof address === "object" && address !== null ? address.port : 0
  return {
    port: own,
    shut: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
    open: () => listen(own),
  }
}

let folder: DataFolder
let database: EmbeddedDatabase
let door: Door
let started: Started

beforeAll(async () => {
  folder = newDataFolder("health")
  database = await startEmbedded({ dataDir: join(folder.path, "database"), log: () => undefined })
  door = await doorTo(database.port)
  const through = (url: string) => url.replace(`:${database.port}/`, `:${door.port}/`)
  started = await startAll(
    { data: folder.path, host: "127.0.0.1", port: 0, metricsPort: 0, logLevel: "silent" },
    {
      DATABASE_URL: through(database.url),
      DATABASE_OWNER_URL: through(database.ownerUrl),
      DATABASE_ERASER_URL: through(database.eraserUrl),
    },
  )
}, 60_000)

afterAll(async () => {
  await started.close()
  door.shut()
  await database.stop()
  folder.remove()
})

const status = async (path: string): Promise<number> =>
  (await fetch(new URL(path, started.plane.url), { signal: AbortSignal.timeout(10_000) })).status
const scraped = async (line: string): Promise<boolean> =>
  (await (await fetch(started.plane.metricsUrl)).text()).split("\n").includes(line)

describe("the database goes away and comes back", () => {
  test(
    "readiness goes down within five seconds, liveness stays, and both are well again by themselves",
    { timeout: 60_000 },
    async () => {
      expect([await status("/livez"), await status("/readyz")]).toEqual([200, 200])
      door.shut()
      await until("/readyz that says no", downWithinMs, async () =>
        (await status("/readyz")) === 503 ? true : null,
      )
      expect(await status("/livez")).toBe(200)
      await until("the gauge of the store", 10_000, async () =>
        (await scraped('counterfoil_component_status{component="store",status="failed"} 1')) ? true : null,
      )
      await door.open()
      await until("/readyz that says yes", 20_000, async () =>
        (await status("/readyz")) === 200 ? true : null,
      )
      expect(await status("/livez")).toBe(200)
    },
  )
})
