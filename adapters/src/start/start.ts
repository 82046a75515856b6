// `counterfoil start`: a whole control plane in one process, on the embedded database or on DATABASE_URL.
// Owns: which database, and ending it. Does not own: the process on it (start-on.ts), the lines it prints (start-command.ts).

import { resolve } from "node:path"
import { startEmbedded } from "@counterfoil/store"
import { readHandlers } from "./data-folder.ts"
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
  const databaseUrl = env["DATABASE_URL"]
  const embedded = databaseUrl === undefined ? await startEmbedded({ dataDir, log: () => undefined }) : null
  const url = embedded?.url ?? databaseUrl ?? ""
  const place = {
    url,
    ownerUrl: embedded?.ownerUrl ?? env["DATABASE_OWNER_URL"] ?? url,
    eraserUrl: embedded?.eraserUrl ?? env["DATABASE_ERASER_URL"] ?? url,
    folder: embedded === null ? null : dataDir,
  }
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
