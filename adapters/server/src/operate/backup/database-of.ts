// The database that `backup`, `restore` and `owner recover` work on: an embedded one, which is started for them, or the one of DATABASE_OWNER_URL.
// Owns: choosing it, and stopping what was started. Does not own: what is done with it.

import { existsSync } from "node:fs"
import { resolve } from "node:path"
import { startEmbedded } from "@counterfoil/store"
import { SettingsError } from "../../settings/data-folder.ts"
import { databasePlace } from "../../settings/database-place.ts"

/** Its logins: the service login, which processes use, and the owner's login. */
export interface DatabaseLogins {
  readonly url: string
  readonly ownerUrl: string
  readonly eraserUrl: string
}

/**
 * Runs with the owner's login. Throws `SettingsError`, `EmbeddedError`: a data folder that is in use is refused, and one that does
 * not exist, unless the caller `creates` its installation.
 */
export const withDatabase = <T>(
  data: string | undefined,
  env: NodeJS.ProcessEnv,
  run: (ownerUrl: string) => Promise<T>,
  { creates = false }: { readonly creates?: boolean } = {},
): Promise<T> => withLogins(data, env, ({ ownerUrl }) => run(ownerUrl), { creates })

/** Runs with every login. Throws as `withDatabase`. */
export async function withLogins<T>(
  data: string | undefined,
  env: NodeJS.ProcessEnv,
  run: (logins: DatabaseLogins) => Promise<T>,
  { creates = false }: { readonly creates?: boolean } = {},
): Promise<T> {
  if (data === undefined) return await run(databasePlace(env))
  if (!creates && !existsSync(resolve(data)))
    throw new SettingsError(`--data names no folder: ${data} does not exist.`)
  const embedded = await startEmbedded({ dataDir: resolve(data), log: () => undefined })
  try {
    return await run(embedded)
  } finally {
    await embedded.stop()
  }
}
