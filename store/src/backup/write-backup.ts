// A backup of everything, from one snapshot, while work goes on.
// Owns: the snapshot, the order of tables, the file. Does not own: restoring it (restore-backup.ts).
// All rows are of one moment, so every head in it is the head of a chain that is in it too (INV-07).

import { createHash } from "node:crypto"
import { createWriteStream } from "node:fs"
import { open, rename, rm } from "node:fs/promises"
import { once } from "node:events"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import type { Client } from "pg"
import { to as copyTo } from "pg-copy-streams"
import { openClient } from "../database/connect.ts"
import { refuseUnkeptSessions } from "../database/kept-sessions.ts"
import { timeOf } from "../database/digest-columns.ts"
import {
  BackupError,
  endOfTable,
  type BackupHeader,
  type BackupSignature,
  type BackupSummary,
  type BackupTable,
  type BackupTrailer,
} from "./backup-format.ts"

/** Signs contents by their SHA-256 in hex. */
type SignBackup = (sha256: string) => BackupSignature

/**
 * Writes one as `file`, by its owner's login, signed if `sign` is given. The file gets its name only once it is whole. An existing
 * file of that name stays as it is: `EEXIST`. Throws the errors of the database and the disk.
 */
export async function writeBackup(
  ownerUrl: string,
  file: string,
  sign: SignBackup | null = null,
): Promise<BackupSummary> {
  await refuseUnkeptSessions(ownerUrl)
  const client = await openClient({ url: ownerUrl, role: null, tenant: "*" })
  const partial = `${file}.partial`
  try {
    await client.query("begin isolation level repeatable read read only")
    const summary = await writeAll(client, partial, sign)
    // Renaming would replace a file of this name, so an empty one is made first, which only succeeds where there is none.
    await (await open(file, "wx", 0o600)).close()
    await rename(partial, file)
    return summary
  } finally {
    // The error of writing says more than a failure to remove the file.
    await rm(partial, { force: true }).catch(() => undefined)
    await client.end()
  }
}

async function writeAll(client: Client, file: string, sign: SignBackup | null): Promise<BackupSummary> {
  const gzip = createGzip({ level: 6 })
  // Readable by this account alone: it holds everything in the database.
  const disk = createWriteStream(file, { mode: 0o600 })
  const written = pipeline(gzip, disk)
  // The disk may fail while rows are still read. The promise is awaited below; this avoids an unhandled rejection until then.
  written.catch(() => undefined)
  const hash = createHash("sha256")
  const put = async (chunk: Buffer | string): Promise<void> => {
    hash.update(chunk)
    if (!gzip.write(chunk)) await Promise.race([once(gzip, "drain"), written])
  }
  const header = await readHeader(client)
  await put(line(header))
  const rows: Record<string, number> = {}
  for (const table of await readTables(client)) {
    await put(line(table))
    rows[table.table] = 0
    const copied: AsyncIterable<Buffer> = client.query(copyTo(`copy ${namesOf(table)} to stdout`))
    for await (const chunk of copied) {
      rows[table.table] = (rows[table.table] ?? 0) + newlinesIn(chunk)
      await put(chunk)
    }
    await put(`${endOfTable}\n`)
  }
  const sha256 = hash.digest("hex")
  const signature = sign === null ? null : sign(sha256)
  const trailer: BackupTrailer = { rows, sha256, ...(signature === null ? {} : { signature }) }
  gzip.end(line(trailer))
  await written
  const { takenAt, environment, migrations } = header
  return { takenAt, environment, migrations, rows, sha256, signature }
}

const line = (value: BackupHeader | BackupTable | BackupTrailer): string => `${JSON.stringify(value)}\n`

/** A table with its columns, as COPY takes them. */
export const namesOf = ({ table, columns }: BackupTable): string =>
  `"${table}" (${columns.map((column) => `"${column}"`).join(", ")})`

function newlinesIn(chunk: Buffer): number {
  let count = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) count += 1
  return count
}

async function readHeader(client: Client): Promise<BackupHeader> {
  const { rows: made } = await client.query<{ made: boolean }>(
    "select to_regclass('public.kysely_migration') is not null as made",
  )
  if (made[0]?.made !== true) throw new BackupError("The database is empty: it has never been migrated.")
  const { rows: ran } = await client.query<{ name: string }>(
    "select name from kysely_migration order by name",
  )
  const { rows } = await client.query<{ environment: string | null; now: Date }>(
    "select (select environment from installation) as environment, now() as now",
  )
  return {
    format: "counterfoil.backup/1",
    takenAt: timeOf(rows[0]?.now ?? new Date(0)),
    environment: rows[0]?.environment ?? "",
    migrations: ran.map(({ name }) => name),
  }
}

/** Every table of this schema by the catalog, so that a new one cannot be forgotten. */
export async function readTables(client: Client): Promise<readonly BackupTable[]> {
  const { rows } = await client.query<BackupTable>(`
    select table_name as table, array_agg(column_name::text order by ordinal_position) as columns
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_schema = 'public' and table_type = 'BASE TABLE' and table_name not like 'kysely%'
    group by table_name order by table_name
  `)
  return rows.map(({ table, columns }) => ({ table, columns }))
}
