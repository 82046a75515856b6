// The database that `backup`, `restore` and `owner recover` work on: an embedded one, which is started for them, or the one of DATABASE_OWNER_URL.
// Owns: choosing it, and stopping what was started. Does not own: what is done with it.

import { resolve } from "node:path"
import { startEmbedded } from "@counterfoil/store"
import { databasePlace } from "../../settings/database-place.ts"

/** Its logins: the service login, which processes use, and the owner's login. */
export interface DatabaseLogins {
  readonly url: string
  readonly ownerUrl: string
  readonly eraserUrl: string
}

/** Runs with the owner's login. Throws `SettingsError`, `EmbeddedError`: a data folder that is in use is refused. */
export const withDatabase = <T>(
  data: string | undefined,
  env: NodeJS.ProcessEnv,
  run: (ownerUrl: string) => Promise<T>,
): Promise<T> => withLogins(data, env, ({ ownerUrl }) => run(ownerUrl))

/** Runs with every login. Throws as `withDatabase`. */
export async function withLogins<T>(
  data: string | undefined,
  env: NodeJS.ProcessEnv,
  run: (logins: DatabaseLogins) => Promise<T>,
): Promise<T> {
  if (data === undefined) return await run(databasePlace(env))
  const embedded = await startEmbedded({ dataDir: resolve(data), log: () => undefined })
  try {
    return await run(embedded)
  } finally {
    await embedded.stop()
  }
}
