// The sessions that hold a lock which another session waits for too long.
// Owns: the question to the server, and its answer in words. Does not own: any lock, nor how long is waited.

import { CompiledQuery, type Kysely } from "kysely"
import type { Client } from "pg"
import type { Schema } from "./schema.ts"

/** A session of the server that holds a lock. Columns that the login may not see are null. */
interface LockHolder {
  readonly pid: number
  readonly application: string
  readonly since: string | null
}

/** Whether an error says that a wait for a lock reached its limit. */
export const isLockNotAvailable = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "55P03"

const holdersMax = 3

/**
 * Sessions of this database that hold the advisory lock of a number. Without a number: those that hold any advisory lock, or a
 * transaction that wrote or locked rows. Oldest first, at most three, never the asking session.
 */
export async function lockHolders(asked: AskingSession, lock: number | null): Promise<readonly LockHolder[]> {
  const rows = await asked.query(
    `select held.pid, seen.application_name as application,
        to_char(coalesce(seen.xact_start, seen.backend_start) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as since
      from (select distinct pid from pg_locks
        where granted and pid <> pg_backend_pid() and case when $1::bigint is null
          then locktype in ('advisory', 'transactionid')
          else locktype = 'advisory' and objsubid = 1 and (classid::bigint << 32) | objid::bigint = $1::bigint end) held
      join pg_stat_activity seen on seen.pid = held.pid and seen.datname = current_database()
      order by since nulls last, held.pid limit ${holdersMax}`,
    [lock],
  )
  return rows.map(({ pid, application, since }) => ({ pid, application: application ?? "", since }))
}

/** A session on which to ask. */
interface AskingSession {
  query(text: string, values: readonly [number | null]): Promise<readonly HolderRow[]>
}

interface HolderRow {
  readonly pid: number
  readonly application: string | null
  readonly since: string | null
}

/** Asks on a connection outside a pool. */
export const askedOn = (client: Client): AskingSession => ({
  query: async (text, values) => (await client.query<HolderRow>(text, [...values])).rows,
})

/** Asks on a connection of a pool. */
export const askedIn = (db: Kysely<Schema>): AskingSession => ({
  query: async (text, values) =>
    (await db.executeQuery<HolderRow>(CompiledQuery.raw(text, [...values]))).rows,
})

/** `pid 4711 (counterfoil 8 web-1, since 2026-11-21T08:35:00.000Z)`, one after the other. */
export const saidOf = (holders: readonly LockHolder[]): string =>
  holders.length === 0
    ? "no session that this login may see"
    : holders
        .map(
          ({ pid, application, since }) =>
            `pid ${pid} (${application === "" ? "without a name" : application}, since ${since ?? "a time that this login may not see"})`,
        )
        .join(", ")

/** Called with a description of the sessions that held a lock when a wait for it timed out. */
export type LockHeld = (holders: string) => void

/** Names the sessions that hold locks. If the server does not answer, that is not reported as a second failure. */
export async function tellHolders(asked: AskingSession, lockHeld: LockHeld): Promise<void> {
  const holders = await lockHolders(asked, null).catch(() => [])
  lockHeld(saidOf(holders))
}
