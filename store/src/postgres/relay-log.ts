// How far events were published, and the log of all tenants as a relay reads it.
// Owns: the one cursor with its lease and fence, places in the log. Does not own: publishing.
// Keeps INV-14: the cursor is a note beside the log, and only the holder of the turn moves it; the log itself never changes.

import type {
  LoggedAppend,
  RelayLag,
  RelayLog,
  RelayTurn,
  SequencedEntry,
} from "@counterfoil/contracts/ports"
import { sql, type Kysely, type Selectable } from "kysely"
import type { EntryTable, Schema } from "../database/schema.ts"
import { digestOfColumn } from "../database/digest-columns.ts"
import { entryOf } from "./read-entries.ts"
import { sequenceAppends } from "./sequencer.ts"
import type { TenantSessions } from "./tenant-sessions.ts"

// Payloads of one read: a few large plans, or thousands of ordinary entries.
const readBytesMax = 8 * 1024 * 1024

/** The relay's log on PostgreSQL. */
export function openRelayLog(sessions: Pick<TenantSessions, "acrossTenants">): RelayLog {
  return {
    take: (holder, leaseSeconds) =>
      sessions.acrossTenants(async (db) => {
        const { rows } = await sql<CursorRow>`
          update relay_cursor set holder = ${holder}, fence = fence + 1,
            lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
          where holder is null or holder = ${holder} or lease_until <= clock_timestamp()
          returning fence, log_index, position, stream, stream_number
        `.execute(db)
        const [row] = rows
        return row === undefined ? null : turnOf(row)
      }),
    move: (turn, cursor, leaseSeconds) =>
      sessions.acrossTenants(async (db) => {
        const { numAffectedRows } = await sql`
          update relay_cursor set log_index = ${cursor.logIndex}, position = ${cursor.position},
            stream = ${cursor.stream}, stream_number = ${cursor.number},
            lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
          where fence = ${turn.fence}
        `.execute(db)
        return numAffectedRows === 1n
      }),
    release: (turn) =>
      sessions.acrossTenants(async (db) => {
        await sql`update relay_cursor set holder = null, lease_until = null where fence = ${turn.fence}`.execute(
          db,
        )
      }),
    read: async (afterLogIndex, limit) => {
      await sessions.acrossTenants(sequenceAppends)
      return sessions.acrossTenants((db) => readAppends(db, afterLogIndex, limit))
    },
    find: (position) =>
      sessions.acrossTenants(async (db) => {
        const found = await search(db, (append) => append.lastPosition >= position)
        return found === null || found.firstPosition > position ? null : findEntry(db, found, position)
      }),
    before: (days) =>
      sessions.acrossTenants(async (db) => {
        const youngest = await search(db, (append) => append.ageSeconds < days * secondsPerDay)
        return youngest === null ? await lastIndex(db) : youngest.logIndex - 1
      }),
    lag: () => sessions.acrossTenants(lagOf),
  }
}

const secondsPerDay = 86_400

interface CursorRow {
  readonly fence: string
  readonly log_index: string
  readonly position: string
  readonly stream: string | null
  readonly stream_number: string
}

const turnOf = (row: CursorRow): RelayTurn => ({
  fence: Number(row.fence),
  cursor: {
    logIndex: Number(row.log_index),
    position: Number(row.position),
    stream: row.stream,
    number: Number(row.stream_number),
  },
})

async function readAppends(
  db: Kysely<Schema>,
  afterLogIndex: number,
  limit: number,
): Promise<readonly LoggedAppend[]> {
  const { rows } = await sql<
    Selectable<EntryTable> & { payload: Uint8Array | null; log_index: string; position: string }
  >`
    with logged as (
      select log_index, execution_id, first_seq, last_seq, last_position, (
        select coalesce(sum(octet_length(bytes)), 0) from payload
        where payload.execution_id = append.execution_id and payload.seq between first_seq and last_seq
      ) as bytes
      from append where log_index > ${afterLogIndex} order by log_index limit ${limit}
    ), fitting as (
      select * from (select *, sum(bytes) over (order by log_index) - bytes as before from logged) sized
      where before < ${readBytesMax}
    )
    select entry.*, payload.bytes as payload, fitting.log_index,
      fitting.last_position - (fitting.last_seq - entry.seq) as position
    from fitting
    join entry on entry.execution_id = fitting.execution_id and entry.seq between fitting.first_seq and fitting.last_seq
    left join payload on payload.execution_id = entry.execution_id and payload.seq = entry.seq
    order by position
  `.execute(db)
  const appends = new Map<number, SequencedEntry[]>()
  for (const row of rows) {
    const logIndex = Number(row.log_index)
    const entries = appends.get(logIndex) ?? []
    entries.push({ position: Number(row.position), entry: entryOf(row) })
    appends.set(logIndex, entries)
  }
  return [...appends].map(([logIndex, entries]) => ({ logIndex, entries }))
}

interface Place {
  readonly logIndex: number
  readonly executionId: string
  readonly lastSeq: number
  readonly firstPosition: number
  readonly lastPosition: number
  readonly ageSeconds: number
}

/** The first append in the log that satisfies `holds`; all later ones do too. Positions and times only grow along the log. */
async function search(db: Kysely<Schema>, holds: (append: Place) => boolean): Promise<Place | null> {
  let low = 1
  let high = await lastIndex(db)
  let found: Place | null = null
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const place = await placeAt(db, middle)
    if (place !== null && holds(place)) {
      found = place
      high = middle - 1
    } else low = middle + 1
  }
  return found
}

async function lastIndex(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ log_index: string }>`
    select log_index from append where log_index is not null order by log_index desc limit 1
  `.execute(db)
  return Number(rows[0]?.log_index ?? 0)
}

async function placeAt(db: Kysely<Schema>, logIndex: number): Promise<Place | null> {
  const { rows } = await sql<{
    execution_id: string
    last_seq: number
    entries: number
    last_position: string
    age: number
  }>`
    select append.execution_id, last_seq, last_seq - first_seq + 1 as entries, last_position, ${ageOf} as age
    from append join entry on entry.execution_id = append.execution_id and entry.seq = append.last_seq
    where log_index = ${logIndex}
  `.execute(db)
  const [row] = rows
  if (row === undefined) return null
  const lastPosition = Number(row.last_position)
  return {
    logIndex,
    executionId: row.execution_id,
    lastSeq: row.last_seq,
    firstPosition: lastPosition - row.entries + 1,
    lastPosition,
    ageSeconds: Number(row.age),
  }
}

const ageOf = sql`greatest(0, extract(epoch from clock_timestamp()
  - (convert_from(entry.head, 'UTF8')::json ->> 'time')::timestamptz))::float8`

async function findEntry(db: Kysely<Schema>, place: Place, position: number) {
  const row = await db
    .selectFrom("entry")
    .select("hash")
    .where("execution_id", "=", place.executionId)
    .where("seq", "=", place.lastSeq - (place.lastPosition - position))
    .executeTakeFirst()
  const wholeThrough = place.lastPosition === position ? place.logIndex : place.logIndex - 1
  return row === undefined ? null : { hash: digestOfColumn(row.hash), wholeThrough }
}

async function lagOf(db: Kysely<Schema>): Promise<RelayLag> {
  const { rows } = await sql<{ entries: string; seconds: number }>`
    -- an installation that never had a relay publishes nothing, and nothing is behind
    with cursor as (select log_index, position from relay_cursor where fence > 0),
    ended as (select last_position from append where log_index is not null order by log_index desc limit 1),
    logged as (
      select execution_id, last_seq from append where log_index > (select log_index from cursor)
      order by log_index limit 1
    ), unlogged as (
      select execution_id, last_seq from append where log_index is null order by append_id limit 1
    ), oldest as (select * from logged union all (select * from unlogged) limit 1)
    select
      (select greatest(0, coalesce((select last_position from ended), 0) - position)
        + (select coalesce(sum(last_seq - first_seq + 1), 0) from append where log_index is null) from cursor) as entries,
      coalesce((select ${ageOf} from oldest join entry
        on entry.execution_id = oldest.execution_id and entry.seq = oldest.last_seq), 0) as seconds
  `.execute(db)
  const [row] = rows
  const entries = Number(row?.entries ?? 0)
  return { entries, seconds: entries === 0 ? 0 : Number(row?.seconds ?? 0) }
}
