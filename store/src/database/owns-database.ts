// Whether a login is the owner's: the one that could do anything to the tables without the program.
// Owns: the question, and that it is about the database that another login works on. Does not own: what only the owner's login may do.

import { randomBytes } from "node:crypto"
import type { Client } from "pg"
import { openClient } from "./connect.ts"

/** The relation of a login to the database that another one works on: its owner, another login of it, or one of another database. */
type Ownership = "owner" | "notOwner" | "elsewhere"

/**
 * Finds the relation of `ownerUrl` to the database of `url`. Owning tables of another database proves nothing, so this checks
 * that both use one database: one takes a lock of a random number, and the other cannot take it. Throws what a connection throws.
 */
export async function ownershipOf(ownerUrl: string, url: string): Promise<Ownership> {
  await using ends = new AsyncDisposableStack()
  const owner = await connected(ownerUrl, ends)
  const { rows } = await owner.query<{ owned: boolean }>(
    "select pg_has_role(session_user, relowner, 'MEMBER') as owned from pg_class where oid = to_regclass('public.principal')",
  )
  if (rows[0]?.owned !== true) return "notOwner"
  return (await meet(owner, await connected(url, ends))) ? "owner" : "elsewhere"
}

/** True when both are sessions of one database: advisory locks are kept by database. */
async function meet(one: Client, other: Client): Promise<boolean> {
  const lock = String(randomBytes(8).readBigInt64BE())
  // In a transaction, so that a pooler between them cannot give the session with the lock to another client.
  await one.query("begin")
  await one.query("select pg_advisory_xact_lock($1::bigint)", [lock])
  const { rows } = await other.query<{ free: boolean }>(
    "select pg_try_advisory_xact_lock($1::bigint) as free",
    [lock],
  )
  await one.query("rollback")
  return rows[0]?.free === false
}

async function connected(url: string, ends: AsyncDisposableStack): Promise<Client> {
  const client = await openClient({ url, role: null, tenant: "" })
  ends.defer(() => client.end())
  return client
}
