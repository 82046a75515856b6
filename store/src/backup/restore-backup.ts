// Restores a backup into an empty database, in one transaction.
// Owns: refusing a database that is not empty or has another schema, refusing a backup that is not whole, the rows, and marking a
// database that replaces a lost one. Does not own: judging what was restored (adapters/server/src/operate/backup), nor what
// executions do with it (executor).
// Keeps INV-07 (no lease and no fence of the lost database counts here) and INV-03 (`restored_at` makes older work ask first).

import { once } from "node:events"
import type { Client } from "pg"
import { from as copyFrom, type CopyStreamQuery } from "pg-copy-streams"
import { openClient } from "../database/connect.ts"
import { refuseUnkeptSessions } from "../database/kept-sessions.ts"
import { migrate } from "../database/migrate.ts"
import { BackupError, type BackupHeader, type BackupSummary } from "./backup-format.ts"
import { readBackup } from "./read-backup.ts"
import { restoredRows, type RestoredRows } from "./restored-rows.ts"
import { namesOf, readTables } from "./write-backup.ts"

/** More claims than any execution ever sees: a fence of the lost database is below every fence of this one. */
const fenceLeap = 1_000_000

/** A restore that does not count yet: the file's own summary, and the rows, read in the same transaction. */
export interface Restored {
  readonly summary: BackupSummary
  readonly rows: RestoredRows
  /** Ends every token that was restored, sign-ins included; returns how many of them counted. */
  readonly endTokens: () => Promise<number>
}

/** Whether the restore is to be kept. Otherwise the database is as empty as before. */
type Judge = (restored: Restored) => Promise<boolean>

/**
 * Restores `file` by the owner's login, and keeps it if `judge` says so. Throws `BackupError` and what the judge throws; the
 * database is as empty as before then.
 */
export async function restoreBackup(ownerUrl: string, file: string, judge: Judge): Promise<BackupSummary> {
  await migrate(ownerUrl)
  return inTransaction(ownerUrl, async (client) => {
    await refuseUsed(client)
    const summary = await copyAll(client, file)
    await setSequences(client)
    await takePlace(client)
    // Without it the readers below would scan whole tables for each execution.
    await client.query("analyze")
    const counts = await judge({ summary, rows: restoredRows(client), endTokens: () => endTokens(client) })
    return { answer: summary, counts }
  })
}

/** Marks a database that was promoted without the last commits of its primary as that primary's replacement. */
export const markPromoted = (ownerUrl: string): Promise<void> =>
  inTransaction(ownerUrl, async (client) => ({ answer: await takePlace(client), counts: true }))

async function inTransaction<T>(
  ownerUrl: string,
  run: (client: Client) => Promise<{ readonly answer: T; readonly counts: boolean }>,
): Promise<T> {
  await refuseUnkeptSessions(ownerUrl)
  const client = await openClient({ url: ownerUrl, role: null, tenant: "*" })
  try {
    // A person may take their time over the list.
    await client.query("set idle_in_transaction_session_timeout = 0")
    await client.query("begin")
    const { answer, counts } = await run(client)
    await client.query(counts ? "commit" : "rollback")
    return answer
  } finally {
    await client.end()
  }
}

async function refuseUsed(client: Client): Promise<void> {
  const { rows } = await client.query<{ used: boolean }>(
    "select exists (select from entry) or exists (select from principal) as used",
  )
  if (rows[0]?.used !== false)
    throw new BackupError("The database is not empty: restore into a new one, and keep this one.")
}

async function copyAll(client: Client, file: string): Promise<BackupSummary> {
  const tables = new Map((await readTables(client)).map((known) => [known.table, namesOf(known)]))
  let into: CopyStreamQuery | null = null
  const server: { refusal: Error | null } = { refusal: null }
  try {
    const summary = await readBackup(file, {
      begin: (header) => refuseOtherSchema(client, header),
      table: async (table) => {
        // A backup of the same schema has the same tables. Any other name could be a table that must stay, such as that of migrations.
        if (tables.get(table.table) !== namesOf(table)) throw otherTables
        tables.delete(table.table)
        await client.query(`truncate "${table.table}"`)
        into = client.query(copyFrom(`copy ${namesOf(table)} from stdin`))
        // The server may refuse a row long after it was sent, while no code waits for this stream.
        into.on("error", (error) => {
          server.refusal ??= error
        })
      },
      rows: async (chunk) => {
        if (server.refusal !== null) throw server.refusal
        // The chunk is a view of a buffer that the reader goes on with; the stream keeps it until it is sent.
        if (into !== null && !into.write(Buffer.from(chunk))) await once(into, "drain")
      },
      end: async () => {
        if (server.refusal !== null) throw server.refusal
        if (into === null) return
        const done = once(into, "finish")
        into.end()
        await done
        into = null
      },
    })
    if (tables.size > 0) throw otherTables
    return summary
  } catch (error) {
    if (server.refusal === null) await abandoned(into)
    throw isRefusedRow(error)
      ? new BackupError("The backup was changed: a row of it cannot be stored.")
      : error
  }
}

const otherTables = new BackupError("The backup was changed: it has other tables than its schema.")

/** Ends a copy that is not whole: the server then ends the transaction, and the connection can be closed. */
async function abandoned(into: CopyStreamQuery | null): Promise<void> {
  if (into === null) return
  const closed = once(into, "close").catch(() => undefined)
  into.destroy()
  await closed
}

/** True for PostgreSQL's errors about data that it cannot read or that breaks a rule; not for an unreachable or full server. */
const isRefusedRow = (error: unknown): boolean =>
  error instanceof Error && "code" in error && /^2[23]...$/.test(String(error.code))

async function refuseOtherSchema(client: Client, { migrations }: BackupHeader): Promise<void> {
  const { rows } = await client.query<{ name: string }>("select name from kysely_migration order by name")
  const here = rows.map(({ name }) => name)
  if (here.join() !== migrations.join())
    throw new BackupError(
      `The backup has the schema ${migrations.at(-1) ?? "none"}, this version ${here.at(-1) ?? "none"}: restore with the version that wrote it, then upgrade.`,
    )
}

/** Identity columns go on behind the largest number that was copied. */
async function setSequences(client: Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = 'public' and is_identity = 'YES'
  `)
  for (const { table, column } of rows)
    await client.query(
      `select setval(pg_get_serial_sequence('public.${table}', '${column}'),
        (select coalesce(max("${column}"), 0) + 1 from "${table}"), false)`,
    )
}

/** Ends every token now, also those whose end is in the future: the backup must not decide how long a token counts. */
async function endTokens(client: Client): Promise<number> {
  const { rowCount } = await client.query(
    "update token set revoked_at = clock_timestamp() where revoked_at is null or revoked_at > clock_timestamp()",
  )
  // Their holders sign in anew, with sign-ins that the recovered owner makes.
  await client.query("update token set reset = true")
  return rowCount ?? 0
}

async function takePlace(client: Client): Promise<void> {
  await client.query("update installation set restored_at = clock_timestamp()")
  await client.query("update relay_cursor set holder = null, lease_until = null, fence = fence + $1", [
    fenceLeap,
  ])
  await client.query(
    "update execution set fence = fence + $1, worker = null, lease_until = null where ended_at is null",
    [fenceLeap],
  )
}
