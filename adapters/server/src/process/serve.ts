// `counterfoil serve`: one process of an installation of many, in one role, on DATABASE_URL.
// Owns: its settings. Does not own: the process (start-on.ts), the lines it prints (serve-command.ts).

import { readHandlersFile } from "../settings/data-folder.ts"
import { databasePlace } from "../settings/database-place.ts"
import { startOn, type ProcessOptions, type StartedProcess } from "./start-on.ts"

/** What `serve` is told. */
export type ServeOptions = Omit<ProcessOptions, "handlers" | "alone" | "environmentDefault"> & {
  /** The file that configures built-in handlers; null for none. The same in every process. */
  readonly handlers: string | null
  /** Whether this process brings the database up to date before it starts. */
  readonly migrate: boolean
}

/** Starts one. Throws `SettingsError`, `StoreRefused`; whatever it started before is ended again. */
export async function serveRole(options: ServeOptions, env: NodeJS.ProcessEnv): Promise<StartedProcess> {
  const { handlers, migrate, ...rest } = options
  const place = databasePlace(env)
  return startOn(
    { ...place, ownerUrl: migrate ? place.ownerUrl : null },
    {
      ...rest,
      alone: false,
      handlers: handlers === null ? {} : readHandlersFile(handlers),
      environmentDefault: "production",
    },
    env,
  )
}
