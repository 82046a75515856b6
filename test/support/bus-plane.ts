// A control plane with a nats-server beside it: what the tests of relay and submissions stand on.
// Owns: starting and ending both, and what is in the log and in the stream. Does not own: relays and consumers.

import { join } from "node:path"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import { startAll, type Started } from "@counterfoil/server/process"
import { migrate, openBusRecords, startEmbedded, type BusRecords } from "@counterfoil/store"
import { Client } from "pg"
import { storedEvents } from "../bus/stored-events.ts"
import { submitDraft } from "./asking.ts"
import { newDataFolder } from "./data-folder.ts"
import { effectCapability, effectHandlers, effectRef } from "./effect-handlers.ts"
import { openLedger, type Ledger } from "./ledger.ts"
import { startNatsServer, type NatsServer } from "./nats-server.ts"
import { addSomeone, type Person } from "./people.ts"

/** Both at work. */
export interface BusPlane {
  readonly started: Started
  readonly url: string
  readonly databaseUrl: string
  readonly owner: Client
  readonly records: BusRecords
  readonly ledger: Ledger
  readonly nats: NatsServer
  readonly connection: NatsConnection
  readonly agent: Person
  readonly auditor: Person
  /** Submits executions of two steps each, under keys that begin so; answers their ids. */
  work(prefix: string, count: number): Promise<readonly string[]>
  /** Hashes of all entries, in the order of the log. */
  logged(): Promise<readonly string[]>
  /** Message ids in the stream, in its order. */
  streamed(): Promise<readonly string[]>
  close(): Promise<void>
}

/** Starts them. */
export async function startBusPlane(suite: string): Promise<BusPlane> {
  const folder = newDataFolder(suite)
  const nats = await startNatsServer()
  const database = await startEmbedded({ dataDir: join(folder.path, "database"), log: () => undefined })
  await migrate(database.ownerUrl)
  const ledger = openLedger(join(folder.path, "ledger.jsonl"))
  const started = await startAll(
    {
      data: folder.path,
      host: "127.0.0.1",
      port: 0,
      metricsPort: 0,
      logLevel: "error",
      extra: effectHandlers(ledger, "PT5S", () => Promise.resolve()),
    },
    {
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
    },
  )
  const owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
  const records = openBusRecords(database.url)
  const connection = await connect({ servers: nats.url, maxReconnectAttempts: -1, reconnectTimeWait: 50 })
  const agent = await addSomeone(started, {
    kind: "agent",
    name: "bot",
    capabilities: ["control-plane.core", effectCapability],
    reach: "own",
  })
  const auditor = await addSomeone(started, {
    kind: "human",
    name: "audra",
    capabilities: ["control-plane.core", "control-plane.audit"],
  })
  const url = started.plane.url
  return {
    started,
    url,
    databaseUrl: database.url,
    owner,
    records,
    ledger,
    nats,
    connection,
    agent,
    auditor,
    work: (prefix, count) =>
      Promise.all(
        Array.from({ length: count }, async (_, at) => {
          const label = `${prefix}-${at}`
          const steps = ["natural" as const, "keyed" as const].map((name) => ({
            key: name,
            contract: effectRef(name),
            input: { label: `${label}-${name}`, point: "none" },
          }))
          return (await submitDraft(url, agent, label, steps, { wait: "PT20S" })).executionId
        }),
      ),
    logged: async () => {
      await records.log.read(0, 1)
      const { rows } = await owner.query<{ hash: string }>(
        `select encode(entry.hash, 'hex') as hash from append join entry on entry.execution_id = append.execution_id
           and entry.seq between append.first_seq and append.last_seq
         order by append.log_index nulls last, append.append_id, entry.seq`,
      )
      return rows.map(({ hash }) => hash)
    },
    streamed: async () => (await storedEvents(connection)).map(({ id }) => id),
    close: async () => {
      await connection.close()
      await records.close()
      await owner.end()
      await started.close()
      await database.stop()
      await nats.close()
      folder.remove()
    },
  }
}
