// A PostgreSQL of a test's own that several processes work on, with its logins as an operator would give them.
// Owns: its folder, its life, and the variables that name it. Does not own: the processes.

import { join } from "node:path"
import { startEmbedded } from "@counterfoil/store"
import { newDataFolder } from "../support/data-folder.ts"
import { compileCache } from "../support/compile-cache.ts"

/** A running one. `env` is what every process of the installation is given. */
export interface WorkersDatabase {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly ownerUrl: string
  close(): Promise<void>
}

/** Starts an empty one. */
export async function openWorkersDatabase(
  suite: string,
  more: Readonly<Record<string, string>> = {},
): Promise<WorkersDatabase> {
  const folder = newDataFolder(suite)
  const database = await startEmbedded({ dataDir: join(folder.path, "db"), log: () => undefined })
  return {
    folder: folder.path,
    ownerUrl: database.ownerUrl,
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder.path,
      ...compileCache,
      DATABASE_URL: database.url,
      DATABASE_OWNER_URL: database.ownerUrl,
      DATABASE_ERASER_URL: database.eraserUrl,
      ...more,
    },
    close: async () => {
      await database.stop()
      folder.remove()
    },
  }
}
