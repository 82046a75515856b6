// Real PostgreSQL in a data folder, started by this process: the database of `npm start`.
// Owns: the order of the steps, restarting a server that died, the handle. Does not own: schema and migrations.
// After a SIGKILL of this process, of the server, or of both, the next start works and no committed row is lost.

import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { preparePostgresHome, type PostgresHome } from "./account.ts"
import { ensureCluster, ensureRolesAndDatabase } from "./cluster.ts"
import { connectionUrl, embeddedDatabase, readOrMakeCredentials } from "./credentials.ts"
import { lockDataFolder } from "./data-folder-lock.ts"
import { EmbeddedError } from "./embedded-error.ts"
import { findNativeFolder } from "./native-folder.ts"
import { endPredecessor, startPostmaster, stopPostmaster, type Postmaster } from "./postmaster.ts"

/** Data folder (made if absent) and the receiver of notes for the operator; no line holds a secret. */
export interface EmbeddedOptions {
  readonly dataDir: string
  readonly log: (line: string) => void
}

/** A running embedded database. Connection strings carry passwords: never log them. */
export interface EmbeddedDatabase {
  /** For the service role: all ordinary work. */
  readonly url: string
  /** For the owner of the schema: migrations only. */
  readonly ownerUrl: string
  /** For the eraser role: deletes payloads and vault values, nothing else. */
  readonly eraserUrl: string
  readonly port: number
  /** Process id of the server now; a server that died is replaced under the same port. */
  readonly pid: number
  /** Settles when the server has died and could not be replaced; never after `stop`. */
  readonly lost: Promise<EmbeddedError>
  /** Ends the server and releases the data folder. Safe to call twice. */
  stop(): Promise<void>
}

// Servers that die one after the other have a cause that a restart does not cure. One that ran for a while resets the count.
const restartsMax = 5
const livedMs = 60_000
const restartPauseMs = 200
// A restarted server may find children of the dead one that are still leaving.
const startTriesMax = 20

/**
 * Starts PostgreSQL in `dataDir`, making the cluster, roles and database on the first start (about 0.7 s).
 * Errors: an `EmbeddedError`; `dataFolderInUse` names the process that already uses the folder.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  // Other accounts may pass through a folder that is made here to the cluster, which has its own owner; all files of this program
  // in it have mode 0600. The mode of an existing folder is its owner's choice (account.ts).
  if (mkdirSync(options.dataDir, { recursive: true }) !== undefined) chmodSync(options.dataDir, 0o711)
  // Canonical, because a predecessor is recognised by the path on its command line.
  const dataDir = realpathSync(options.dataDir)
  const unlock = lockDataFolder(join(dataDir, "counterfoil.lock"))
  try {
    return await startLocked(dataDir, options.log, unlock)
  } catch (error) {
    unlock()
    throw error
  }
}

async function startLocked(
  dataDir: string,
  log: (line: string) => void,
  unlock: () => void,
): Promise<EmbeddedDatabase> {
  const home = preparePostgresHome(dataDir, findNativeFolder(), log)
  const credentials = readOrMakeCredentials(join(dataDir, "database-passwords.json"))
  const logFile = join(dataDir, "postgres.log")
  await endPredecessor(home.cluster, log)
  ensureCluster(home, credentials)
  const port = await choosePort(join(dataDir, "port"))
  let server = await startWithPatience(home, port, logFile)
  try {
    await ensureRolesAndDatabase(credentials, port)
  } catch (error) {
    await stopPostmaster(server.pid)
    throw error
  }

  let stopping: Promise<void> | null = null
  let tellLost: (error: EmbeddedError) => void
  const lost = new Promise<EmbeddedError>((resolve) => (tellLost = resolve))
  const watch = async (): Promise<void> => {
    for (let restarts = 0; restarts < restartsMax; restarts += 1) {
      const startedAt = performance.now()
      await server.exited
      if (performance.now() - startedAt > livedMs) restarts = 0
      if (stopping !== null) return
      log(`PostgreSQL (process ${server.pid}) died; starting it again`)
      await delay(restartPauseMs)
      if (stopping !== null) return
      server = await startWithPatience(home, port, logFile)
    }
    throw new EmbeddedError("startFailed", `PostgreSQL died ${restartsMax} times; see ${logFile}`)
  }
  const watching = watch().catch((error: unknown) => {
    tellLost(error instanceof EmbeddedError ? error : new EmbeddedError("startFailed", String(error)))
  })
  const stop = async (): Promise<void> => {
    await stopPostmaster(server.pid)
    await watching
    // A restart that was under way when stop was called has ended by here, with or without a server.
    await stopPostmaster(server.pid)
    unlock()
  }
  return {
    url: connectionUrl("counterfoil_service", credentials, port, embeddedDatabase),
    ownerUrl: connectionUrl("counterfoil_owner", credentials, port, embeddedDatabase),
    eraserUrl: connectionUrl("counterfoil_eraser", credentials, port, embeddedDatabase),
    port,
    get pid() {
      return server.pid
    },
    lost,
    stop: () => (stopping ??= stop()),
  }
}

// A dead server's children notice within moments; until the last one has left, PostgreSQL refuses the folder.
async function startWithPatience(home: PostgresHome, port: number, logFile: string): Promise<Postmaster> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startPostmaster(home, port, logFile)
    } catch (error) {
      const leaving =
        error instanceof EmbeddedError && error.message.includes("pre-existing shared memory block")
      if (!leaving || tries === startTriesMax) throw error
      await delay(restartPauseMs)
    }
  }
}

// The port of the last start if it is free, so that a saved connection string stays right; else any free one.
async function choosePort(file: string): Promise<number> {
  const last = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0
  const port = (await freePort(last)) ?? (await freePort(0))
  if (port === null) throw new EmbeddedError("startFailed", "No free port on 127.0.0.1.")
  writeFileSync(file, String(port), { mode: 0o600 })
  return port
}

function freePort(wanted: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(null))
    probe.listen(wanted, "127.0.0.1", () => {
      const address = probe.address()
      const port = typeof address === "object" && address !== null ? address.port : null
      probe.close(() => resolve(port))
    })
  })
}
