// `counterfoil start`: a whole control plane in one process, on the embedded database or on DATABASE_URL.
// Owns: choosing the database, and stopping it. Does not own: the process on it (start-on.ts), the lines it prints (start-command.ts).

import { resolve } from "node:path"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { readHandlers } from "../settings/data-folder.ts"
import { namedDatabase, type DatabasePlace } from "../settings/database-place.ts"
import { startOn, type ProcessOptions, type StartedProcess } from "./start-on.ts"

/** The options of `start`. `port` 0 takes a free one. */
export type StartOptions = Pick<
  ProcessOptions,
  "host" | "port" | "metricsPort" | "keepsContracts" | "extra" | "aroundStore" | "logLevel"
> & { readonly data: string }

/** A started control plane, and the owner's token at its first start. */
export interface Started extends StartedProcess {
  /** The kind of database and its place, for the first line of output. */
  readonly database: string
  /** Settles when the database has ended and cannot be restarted. */
  readonly lost: Promise<unknown>
  close(): Promise<void>
}

/** Starts everything. Throws `SettingsError`, `EmbeddedError`, `StoreRefused`, after stopping everything that it had started. */
export async function startAll(options: StartOptions, env: NodeJS.ProcessEnv): Promise<Started> {
  const dataDir = resolve(options.data)
  const handlers = readHandlers(dataDir)
  const { place, embedded } = await databaseOf(dataDir, env)
  try {
    const started = await startOn(
      place,
      {
        ...options,
        role: "all",
        alone: embedded !== null,
        metricsHost: "127.0.0.1",
        handlers,
        environmentDefault: "development",
      },
      env,
    )
    return {
      ...started,
      lost: embedded?.lost ?? new Promise(() => {}),
      database:
        embedded === null ? "PostgreSQL by DATABASE_URL" : `embedded: PostgreSQL 18 in ${options.data}`,
      close: async () => {
        await started.plane.close()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await embedded?.stop()
    throw error
  }
}

/** The database of the environment's variables, or the embedded one of the folder. */
async function databaseOf(
  dataDir: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly place: DatabasePlace; readonly embedded: EmbeddedDatabase | null }> {
  const named = namedDatabase(env)
  if (named !== null) return { place: named, embedded: null }
  const embedded = await startEmbedded({ dataDir, log: () => undefined })
  const { url, ownerUrl, eraserUrl } = embedded
  return { place: { url, ownerUrl, eraserUrl, folder: dataDir }, embedded }
}
