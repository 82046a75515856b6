// The bus laws on a real nats-server and on a real PostgreSQL.

import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Client } from "pg"
import { bearerHash } from "@counterfoil/server/entrance"
import { openNatsBus } from "@counterfoil/server/queue"
import { natsStreams } from "@counterfoil/contracts/nats"
import { migrate, openPostgresBus, startEmbedded } from "@counterfoil/store"
import { newDataFolder } from "../support/data-folder.ts"
import { startNatsServer } from "../support/nats-server.ts"
import { openLine } from "../support/severed-line.ts"
import { busLaws, type BusHarness } from "./bus-laws.ts"
import { storedEvents } from "./stored-events.ts"

busLaws("JetStream", openNatsHarness)
busLaws("PostgreSQL", openPostgresHarness)

async function openNatsHarness(): Promise<BusHarness> {
  const server = await startNatsServer()
  const connected = () =>
    connect({
      servers: server.url,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 50,
      ignoreAuthErrorAbort: true,
    })
  const [here, there] = await Promise.all([connected(), connected()])
  const manager = await jetstreamManager(here, { checkAPI: false })
  return {
    bus: await openNatsBus({ connection: here }),
    other: await openNatsBus({ connection: there }),
    stored: async () => (await storedEvents(here)).map(({ id }) => `sha256:${id}`),
    wipe: async () => {
      await manager.streams.delete(natsStreams.events.name)
    },
    away: () => server.kill(),
    back: () => server.start(),
    close: async () => {
      await Promise.all([here.close(), there.close()])
      await server.close()
    },
  }
}

async function openPostgresHarness(): Promise<BusHarness> {
  const folder = newDataFolder("bus-laws")
  const database = await startEmbedded({ dataDir: folder.path, log: () => undefined })
  await migrate(database.ownerUrl)
  const owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
  const line = await openLine(database.port)
  const url = database.url.replace(`:${database.port}/`, `:${line.port}/`)
  const opened = () => openPostgresBus({ url, tokenHashOf: bearerHash })
  const [bus, other] = [opened(), opened()]
  return {
    bus,
    other,
    stored: async () => {
      const { rows } = await owner.query<{ id: string }>(
        "select 'sha256:' || encode(id, 'hex') as id from bus_event order by number",
      )
      return rows.map(({ id }) => id)
    },
    wipe: async () => {
      await owner.query("truncate bus_event")
      await owner.query("update bus_stream set stream = gen_random_uuid(), last_number = 0")
    },
    away: () => Promise.resolve(line.cut()),
    back: () => Promise.resolve(line.mend()),
    close: async () => {
      await Promise.all([bus.close(), other.close()])
      await owner.end()
      await line.close()
      await database.stop()
      folder.remove()
    },
  }
}
