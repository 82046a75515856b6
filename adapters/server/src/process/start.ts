// `counterfoil start`: a whole control plane in one process, on the embedded database or on DATABASE_URL.
// Owns: which database, and ending it. Does not own: the process on it (start-on.ts), the lines it prints (start-command.ts).

import { resolve } from "node:path"
import { startEmbedded, type EmbeddedDatabase } from "@counterfoil/store"
import { readHandlers } from "../settings/data-folder.ts"
import { namedDatabase, type DatabasePlace } from "../settings/database-place.ts"
import { startOn, type ProcessOptions, type StartedProcess } from "./start-on.ts"

/** What `start` is told. `port` 0 takes a free one. */
export type StartOptions = Pick<
  ProcessOptions,
  "host" | "port" | "metricsPort" | "keepsContracts" | "extra" | "aroundStore" | "logLevel"
> & { readonly data: string }

/** A started control plane, and what only its first start knows. */
export interface Started extends StartedProcess {
  /** What runs where, for the first line. */
  readonly database: string
  /** Settles when the database is gone for good. */
  readonly lost: Promise<unknown>
  close(): Promise<void>
}

/** Starts everything. Throws `SettingsError`, `EmbeddedError`, `StoreRefused`; whatever it started before is stopped again. */
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

/** The database that the environment names, or the embedded one of the folder. */
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
