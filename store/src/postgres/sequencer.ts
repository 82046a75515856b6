// The order of all committed appends: one after the other, never a gap, once given never changed.
// Owns: giving log positions, reading entries by them. Does not own: publishing, checkpoints.
// An append is visible only after its commit, and two of one execution commit in the order of their numbers
// (each waits for the other's row), so taking what is visible and has no position, by number, keeps every order.

import type { SequencedEntry } from "@counterfoil/contracts/ports"
import type { TenantId } from "@counterfoil/contracts"
import { sql } from "kysely"
import type { Kysely, Selectable } from "kysely"
import type { EntryTable, Schema } from "../database/schema.ts"
import { entryOf } from "./read-entries.ts"

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

/** Entries of one tenant after `position`, in the order of the log; within an execution in the order of `seq`. */
export async function readSequenced(
  db: Kysely<Schema>,
  tenant: TenantId,
  position: number,
  limit: number,
): Promise<readonly SequencedEntry[]> {
  const { rows } = await sql<Selectable<EntryTable> & { payload: Uint8Array | null; position: string }>`
    select entry.*, payload.bytes as payload, logged.last_position - (logged.last_seq - entry.seq) as position
    from (
      select execution_id, first_seq, last_seq, last_position from append
      where tenant = ${tenant} and last_position > ${position} order by last_position limit ${limit}
    ) logged
    join entry on entry.execution_id = logged.execution_id and entry.seq between logged.first_seq and logged.last_seq
    left join payload on payload.execution_id = entry.execution_id and payload.seq = entry.seq
    where logged.last_position - (logged.last_seq - entry.seq) > ${position}
    order by position limit ${limit}
  `.execute(db)
  return rows.map((row) => ({ position: Number(row.position), entry: entryOf(row) }))
}
