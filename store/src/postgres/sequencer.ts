// The order of all committed appends: positions are consecutive, without a gap, and never change.
// Owns: giving log positions, reading entries by them. Does not own: publishing, checkpoints.
// An append is visible only after its commit, and two of one execution commit in the order of their numbers
// (each waits for the other's row), so taking what is visible and has no position, by number, keeps every order.

import type { Reach, ReachedEntry } from "@counterfoil/contracts/ports"
import type { TenantId } from "@counterfoil/contracts"
import { sql, type Kysely, type Selectable } from "kysely"
import type { EntryTable, Schema } from "../database/schema.ts"
import { entryOf } from "./read-entries.ts"
import { withinReach } from "./within-reach.ts"

// The number of the advisory lock that makes the sequencer one: "cfsq" in ASCII.
const sequencerLock = 0x63667371
// Bounds one transaction; the next call goes on.
const appendsMax = 5_000

/**
 * Gives the next positions to appends that have none. An entry's position counts entries of the whole store from 1.
 * A second sequencer at the same time does nothing.
 */
export async function sequenceAppends(db: Kysely<Schema>): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{
      mine: boolean
    }>`select pg_try_advisory_xact_lock(${sequencerLock}) as mine`.execute(trx)
    if (rows[0]?.mine !== true) return
    // A statement of its own: it must see what the former holder of the lock committed.
    await sql`
      with ended as (
        select coalesce(max(log_index), 0) as log_index from append where log_index is not null
      ), position as (
        select coalesce((select last_position from append where log_index = (select log_index from ended)), 0) as last_position
      ), waiting as (
        select append_id, last_seq - first_seq + 1 as entries from append where log_index is null
        order by append_id limit ${appendsMax}
      )
      update append set
        log_index = (select log_index from ended) + placed.place,
        last_position = (select last_position from position) + placed.entries
      from (
        select append_id, row_number() over (order by append_id) as place, sum(entries) over (order by append_id) as entries
        from waiting
      ) placed
      where append.append_id = placed.append_id
    `.execute(trx)
  })
}

/**
 * Entries of one tenant after `position`, in the order of the log; within an execution in the order of `seq`. For an entry
 * outside the reach only its place is read.
 */
export async function readSequenced(
  db: Kysely<Schema>,
  tenant: TenantId,
  position: number,
  limit: number,
  reach: Reach | null,
): Promise<readonly ReachedEntry[]> {
  const within = withinReach(reach, "execution")
  const { rows } = await sql<SequencedRow>`
    select entry.*, payload.bytes as payload, placed.within, placed.position
    from (
      select seen.*, ${
        within === null
          ? sql`true`
          : sql`exists (
        select from execution where execution.execution_id = seen.execution_id and execution.tenant = ${tenant} and ${within}
      )`
      } as within
      from (
        select logged.execution_id, seq, logged.last_position - (logged.last_seq - seq) as position
        from (
          select execution_id, first_seq, last_seq, last_position from append
          where tenant = ${tenant} and last_position > ${position} order by last_position limit ${limit}
        ) logged, generate_series(logged.first_seq, logged.last_seq) seq
        where logged.last_position - (logged.last_seq - seq) > ${position}
        order by position limit ${limit}
      ) seen
    ) placed
    left join entry on placed.within and entry.execution_id = placed.execution_id and entry.seq = placed.seq
    left join payload on payload.execution_id = entry.execution_id and payload.seq = entry.seq
    order by placed.position
  `.execute(db)
  return rows.map(({ position, within, ...row }) => ({
    position: Number(position),
    entry: within ? entryOf(row) : null,
  }))
}

/** The position of a tenant's last entry in the log; 0 without one. */
export async function readLogEnd(db: Kysely<Schema>, tenant: TenantId): Promise<number> {
  const row = await db
    .selectFrom("append")
    .select((eb) => eb.fn.max("last_position").as("end"))
    .where("tenant", "=", tenant)
    .where("last_position", "is not", null)
    .executeTakeFirst()
  return Number(row?.end ?? 0)
}

type SequencedRow = Selectable<EntryTable> & {
  readonly payload: Uint8Array | null
  readonly within: boolean
  readonly position: string
}
