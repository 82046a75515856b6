import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { afterAll, beforeAll } from "vitest"
import { migrate } from "../database/migrate.ts"
import { startEmbedded } from "../embedded/start-embedded.ts"
import type { EmbeddedDatabase } from "../embedded/start-embedded.ts"
import { directoryLaws } from "../laws/directory-laws.ts"
import { sampleEnvironment } from "../laws/sample-append.ts"
import { traceStoreLaws } from "../laws/trace-store-laws.ts"
import { openPostgresStore } from "./open-postgres-store.ts"
import type { PostgresStore } from "./open-postgres-store.ts"

const dataDir = mkdtempSync(join(tmpdir(), "counterfoil-store-"))
let database: EmbeddedDatabase
let store: PostgresStore
let owner: Client

beforeAll(async () => {
  database = await startEmbedded({ dataDir, log: () => undefined })
  await migrate(database.ownerUrl)
  store = await openPostgresStore({ ...database, environment: sampleEnvironment, inProduction: true })
  owner = new Client({ connectionString: database.ownerUrl })
  await owner.connect()
}, 60_000)

afterAll(async () => {
  await store.close()
  await owner.end()
  await database.stop()
  rmSync(dataDir, { recursive: true, force: true })
})

const open = async (): Promise<PostgresStore> => {
  await owner.query("truncate entry, payload, append, execution, approval, inbox, policy_pointer")
  return store
}

traceStoreLaws("PostgreSQL", open)
directoryLaws("PostgreSQL", open)
