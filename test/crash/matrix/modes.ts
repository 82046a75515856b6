// Where the matrix runs: with a database that is killed too, and with one that stays up.
// Owns: the two modes, their folders and databases. Does not own: what runs in them.

import { readFileSync } from "node:fs"
import { join } from "node:path"
import { migrate, startEmbedded } from "@counterfoil/store"
import { newDataFolder } from "../../support/data-folder.ts"
import type { CellPlaneSettings } from "./cell-plane.ts"
import { compileCache } from "../../support/compile-cache.ts"

/** `embedded`: one process with its own PostgreSQL. `production`: an api and a worker on a PostgreSQL that lives on. */
export const modes = ["embedded", "production"] as const
export type Mode = (typeof modes)[number]

/** One place to run in, for one run after the other. */
export interface Place {
  readonly settings: CellPlaneSettings
  close(): Promise<void>
}

/** Long enough for every attempt of a run to stop before the kill, short enough not to be waited for. */
const deadlineSeconds = 8

/** Opens a place in a temporary folder. */
export async function openPlace(mode: Mode): Promise<Place> {
  const folder = newDataFolder(`matrix-${mode}`)
  const { PATH, HOME } = process.env
  const common = { data: folder.path, ledger: join(folder.path, "ledger.jsonl"), deadlineSeconds }
  if (mode === "embedded")
    return {
      settings: { ...common, roles: ["all"], env: { PATH, HOME, ...compileCache } },
      close: async () => {
        endPostmaster(folder.path)
        folder.remove()
      },
    }
  const databaseFolder = newDataFolder("matrix-database")
  const database = await startEmbedded({ dataDir: databaseFolder.path, log: () => undefined })
  await migrate(database.ownerUrl)
  return {
    settings: {
      ...common,
      roles: ["api", "worker"],
      env: {
        PATH,
        HOME,
        ...compileCache,
        DATABASE_URL: database.url,
        DATABASE_ERASER_URL: database.eraserUrl,
      },
    },
    close: async () => {
      await database.stop()
      databaseFolder.remove()
      folder.remove()
    },
  }
}

/** A run that failed leaves the server of a killed process behind. */
function endPostmaster(data: string): void {
  try {
    const [pid] = readFileSync(join(data, "postgres", "postmaster.pid"), "utf8").split("\n")
    if (pid !== undefined) process.kill(Number(pid), "SIGINT")
  } catch {
    // There is none: the run has stopped it.
  }
}
