// Work that only one process of an installation may do at a time, such as making its first owner.
// Owns: the lock, held by a transaction of its own. Does not own: what is done under it.
// The lock ends with the transaction, and the transaction with the connection: a process that dies under it delays no other one,
// and a pooler keeps no part of it.

import { openClient, ownerLockTimeoutMs } from "./connect.ts"
import { askedOn, isLockNotAvailable, lockHolders, saidOf } from "./lock-holders.ts"
import { StoreRefused } from "./store-refused.ts"

// "counterfoil" by FNV-1a, for a number that no other program on the server uses by accident.
const startLock = 1_874_329_261

/**
 * Runs `run` while no other process of the database runs anything through here. Errors: `StoreRefused` `lockHeld`, which names
 * the session that held the lock during the whole wait.
 */
export async function oneAtATime<T>(
  url: string,
  run: () => Promise<T>,
  lockWaitMs = ownerLockTimeoutMs,
): Promise<T> {
  const client = await openClient({ url, role: null, tenant: "", lockWaitMs })
  try {
    await client.query("begin")
    try {
      await client.query("select pg_advisory_xact_lock($1)", [startLock])
    } catch (error) {
      if (!isLockNotAvailable(error)) throw error
      await client.query("rollback")
      throw new StoreRefused(
        "lockHeld",
        `Another process of this installation is starting, and did not finish within ${lockWaitMs / 1000} s: ` +
          `${saidOf(await lockHolders(askedOn(client), startLock))}. Wait for it, or end it, and start again.`,
      )
    }
    // A connection that breaks loses the lock; work that was begun under it is safe to begin again.
    return await run()
  } finally {
    // Released before closing: a pooler may be slow to notice a client that left in a transaction.
    await client.query("rollback").catch(() => undefined)
    await client.end()
  }
}
