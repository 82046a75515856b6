// Checks that a database address gives a connection one server session for as long as it lasts.
// Owns: finding that out, and the refusal. Does not own: connections (connect.ts).
// Keeps INV-10: a session's tenant is set once, so a session that clients share would show them another tenant's rows.
// The doorbell listens on a session, and prepared statements and time limits belong to one as well.

import { randomBytes } from "node:crypto"
import type { Client } from "pg"
import { openUntold, within } from "./connect.ts"
import { StoreRefused } from "./store-refused.ts"

/** A pooler may happen to give the same session twice, but not for long while others hold theirs in transactions. */
const roundsMax = 3
const waitMs = 5_000

/**
 * Refuses an address whose sessions are shared, such as that of PgBouncer in transaction mode. A direct address costs one
 * connection; a pooler is recognised by a process number that differs from the server's.
 * Errors: `StoreRefused` `sessionsNotKept`, and any error of a connection.
 */
export async function refuseUnkeptSessions(url: string): Promise<void> {
  await using ends = new AsyncDisposableStack()
  const one = await connected(url, ends)
  const mark = randomBytes(16).toString("hex")
  const { rows } = await one.query<{ pid: number }>(
    "select pg_backend_pid() as pid, set_config('counterfoil.mark', $1, false)",
    [mark],
  )
  if (rows[0]?.pid === processOf(one)) return
  for (let round = 0; round < roundsMax; round += 1) {
    const other = await connected(url, ends)
    // In a transaction, so that it keeps the session that it gets.
    const got = await markIn(other, "begin")
    // It gets no session: all of them stay with their clients, including the first one.
    if (got === "none") return
    // Either it got the marked session, or the first client has lost it.
    if (got === mark || (await markIn(one)) !== mark) throw notKept()
  }
}

/** The mark of the session that a connection has now; `none` when it gets no session in time. */
async function markIn(client: Client, first = "select 1"): Promise<string> {
  try {
    await client.query(within(waitMs, first))
    const { rows } = await client.query<{ mark: string | null }>(
      within(waitMs, "select current_setting('counterfoil.mark', true) as mark"),
    )
    return rows[0]?.mark ?? ""
  } catch (error) {
    if (error instanceof Error && error.message === "Query read timeout") return "none"
    // A pooler in statement mode lets no transaction begin.
    if (error instanceof Error && "code" in error && error.code === "08P01") throw notKept()
    throw error
  }
}

/** The process number that the connection received; a pooler makes up its own. */
function processOf(client: Client): number | null {
  const told: unknown = "processID" in client ? client.processID : null
  return typeof told === "number" ? told : null
}

async function connected(url: string, ends: AsyncDisposableStack): Promise<Client> {
  // No settings are sent on it: where sessions are shared, other clients would get them.
  const client = await openUntold(url)
  ends.defer(() => client.end())
  return client
}

const notKept = (): StoreRefused =>
  new StoreRefused(
    "sessionsNotKept",
    "The address of the database is that of a pooler that does not keep sessions, such as PgBouncer with pool_mode = transaction or statement: " +
      "each transaction gets another session of the server, and the tenant, the role and the time limits of Counterfoil's sessions are lost. " +
      "Set pool_mode = session for this database, or give the server's own address.",
  )
