// A migrated embedded database for one test file.
// Owns: its folder, its life, emptying it. Does not own: stores opened on it.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Client } from "pg"
import { migrate } from "../../src/database/migrate.ts"
import { startEmbedded, type EmbeddedDatabase } from "../../src/embedded/start-embedded.ts"

/** The database, a connection of its owner, and the ways to empty it and to end it. */
export interface PostgresFixture {
  readonly database: EmbeddedDatabase
  readonly owner: Client
  empty(): Promise<void>
  close(): Promise<void>
}

/** Starts and migrates a database in a temporary folder. */
export async function openPostgresFixture(): Promise<PostgresFixture> {
  const dataDir = mkdtempSync(join(tmpdir(), "counterfoil-store-"))
  const database = await startEmbedded({ dataDir, log: () => undefined })
  await migrate(database.ownerUrl)
  const owner = new Client({ connectionString: database.ownerUrl })
  // A test may kill the server under it.
  owner.on("error", () => undefined)
  await owner.connect()
  return {
    database,
    owner,
    empty: async () => {
      await owner.query(
        "truncate entry, payload, append, execution, approval, inbox, policy_pointer, passed_on, callback, contract_lock, registry_lock, governing_change",
      )
    },
    close: async () => {
      await owner.end()
      await database.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
