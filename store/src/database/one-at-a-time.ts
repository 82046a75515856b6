// What only one process of an installation may do at a time, such as making its first owner.
// Owns: the lock, held by a session of its own. Does not own: what is done under it.
// The lock ends with the session, so a process that dies under it holds nobody up.

import { newClient } from "./connect.ts"

// "counterfoil" by FNV-1a, for a number that no other program on the server uses by accident.
const startLock = 1_874_329_261

/** Runs `run` while no other process of the database runs anything through here. */
export async function oneAtATime<T>(url: string, run: () => Promise<T>): Promise<T> {
  const client = newClient({ url, role: null, tenant: "" })
  // A connection that breaks loses the lock; what was begun under it is safe to begin again.
  client.on("error", () => undefined)
  await client.connect()
  try {
    await client.query("select pg_advisory_lock($1)", [startLock])
    return await run()
  } finally {
    await client.end()
  }
}
