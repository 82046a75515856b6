// The database that `backup` and `restore` work on: an embedded one that is started for them, or that of DATABASE_OWNER_URL.
// Owns: choosing it and ending what was started. Does not own: what is done with it.

import { resolve } from "node:path"
import { startEmbedded } from "@counterfoil/store"
import { databasePlace } from "../start/serve.ts"

/** Runs with the owner's login. Throws `SettingsError`, `EmbeddedError`: a data folder that is in use is refused. */
export async function withDatabase<T>(
  data: string | undefined,
  env: NodeJS.ProcessEnv,
  run: (ownerUrl: string) => Promise<T>,
): Promise<T> {
  if (data === undefined) return await run(databasePlace(env).ownerUrl)
  const embedded = await startEmbedded({ dataDir: resolve(data), log: () => undefined })
  try {
    return await run(embedded.ownerUrl)
  } finally {
    await embedded.stop()
  }
}
