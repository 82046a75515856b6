// `counterfoil serve`: one of several processes of an installation, in one role, on DATABASE_URL.
// Owns: its settings. Does not own: the process (start-on.ts), the lines it prints (serve-command.ts).

import { readHandlersFile } from "../settings/data-folder.ts"
import { databasePlace } from "../settings/database-place.ts"
import { startOn, type ProcessOptions, type StartedProcess } from "./start-on.ts"

/** The options of `serve`. */
type ServeOptions = Omit<ProcessOptions, "handlers" | "alone" | "environmentDefault"> & {
  /** The file that configures built-in handlers; null for none. The same in every process. */
  readonly handlers: string | null
  /** Whether this process migrates the database before it starts. */
  readonly migrate: boolean
}

/** Starts one. Throws `SettingsError`, `StoreRefused`, after stopping everything that it had started. */
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
