// The bus on PostgreSQL, for installations without NATS: a stream of events and a queue of submissions as tables.
// Owns: their numbers, their order, redelivery. Does not own: what is published (the relay) or done with a submission.
// Keeps INV-14: stored means committed. An event that does not directly follow the last one is refused, like a stale relay's.

import {
  BusUnavailable,
  StoreUnavailable,
  type Bus,
  type BusEvent,
  type Submission,
} from "@counterfoil/contracts/ports"
import type { Digest } from "@counterfoil/contracts"
import { sql, type Kysely, type Selectable } from "kysely"
import { setTimeout as delay } from "node:timers/promises"
import type { BusSubmissionTable, Schema } from "../database/schema.ts"
import { openKysely } from "../database/connect.ts"
import { columnOf, digestOfColumn } from "../database/digest-columns.ts"
import { reachable } from "../postgres/reachable.ts"

const connectionsMax = 4
/** Time to settle a submission, as on NATS. */
const ackWaitSeconds = 30
/** How long `take` waits, and how often it polls meanwhile. */
const takeMs = 2_000
const lookEveryMs = 500
const eventDays = 7

/** Opens the bus of a migrated database; connects at the first use. `tokenHashOf` hashes the token of an `Authorization` header. */
export function openPostgresBus({
  url,
  tokenHashOf,
}: {
  readonly url: string
  readonly tokenHashOf: (authorization: string | null) => Digest | null
}): Bus {
  const db = openKysely<Schema>({ url, role: "counterfoil_service", tenant: "*", connectionsMax })
  const closing = new AbortController()
  // One caller polls and the others wait for their turn, so that many callers cost one query.
  let turn: Promise<unknown> = Promise.resolve()
  let wake = (): void => undefined

  const pause = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve
      delay(lookEveryMs, undefined, { signal: closing.signal, ref: false }).then(resolve, resolve)
    })
  const takeUntil = async (giveUpAt: number): Promise<Submission | null> => {
    while (!closing.signal.aborted && performance.now() < giveUpAt) {
      const row = await onBus(() => takeRow(db))
      if (row !== null) return submissionOf(db, row)
      await pause()
    }
    return null
  }

  return {
    end: () => onBus(() => endOf(db)),
    publish: async (after, events) => {
      if (events.length === 0) return 0
      try {
        return (await onBus(() => insertEvents(db, after, events))) ? events.length : 0
      } catch (error) {
        if (error instanceof BusUnavailable) return 0
        throw error
      }
    },
    submit: async (tenant, { authorization, key, traceparent, body }) => {
      const tokenHash = tokenHashOf(authorization)
      await onBus(() =>
        db
          .insertInto("bus_submission")
          .values({
            tenant,
            token_hash: tokenHash === null ? null : columnOf(tokenHash),
            key,
            traceparent,
            body: Buffer.from(body),
          })
          .execute(),
      )
      wake()
    },
    take: () => {
      // Waiting for the turn counts, so that many callers together do not wait longer than one.
      const giveUpAt = performance.now() + takeMs
      const taken = turn.then(() => takeUntil(giveUpAt))
      turn = taken.catch(() => undefined)
      return taken
    },
    close: async () => {
      closing.abort()
      await turn
      await db.destroy()
    },
  }
}

async function onBus<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await reachable(run)
  } catch (error) {
    if (error instanceof StoreUnavailable) throw new BusUnavailable("the database is away", { cause: error })
    throw error
  }
}

async function endOf(db: Kysely<Schema>) {
  await sql`delete from bus_event where stored_at < clock_timestamp() - make_interval(days => ${eventDays})`.execute(
    db,
  )
  const row = await db
    .selectFrom("bus_stream")
    .leftJoin("bus_event", "bus_event.number", "bus_stream.last_number")
    .select(["stream", "last_number", "id", "position"])
    .executeTakeFirstOrThrow()
  const last =
    row.id === null || row.position === null
      ? null
      : { id: digestOfColumn(row.id), position: Number(row.position) }
  return { stream: row.stream, number: Number(row.last_number), last }
}

/** Inserts all of them after `after`, or none when the stream does not end there. */
async function insertEvents(
  db: Kysely<Schema>,
  after: number,
  events: readonly BusEvent[],
): Promise<boolean> {
  const rows = events.map((event, at) => ({
    number: after + at + 1,
    tenant: event.tenant,
    id: event.id.slice("sha256:".length),
    execution_id: event.executionId,
    kind: event.kind,
    position: event.position,
    body: Buffer.from(event.body).toString("base64"),
  }))
  const { numAffectedRows } = await sql`
    with moved as (
      update bus_stream set last_number = last_number + ${events.length} where last_number = ${after} returning 1
    )
    insert into bus_event (number, tenant, id, execution_id, kind, position, body)
    select number, tenant, decode(id, 'hex'), execution_id, kind, position, decode(body, 'base64')
    from json_to_recordset(${JSON.stringify(rows)}::json)
      as row(number bigint, tenant text, id text, execution_id text, kind text, position bigint, body text)
    where exists (select from moved)
  `.execute(db)
  return numAffectedRows === BigInt(events.length)
}

async function takeRow(db: Kysely<Schema>): Promise<Selectable<BusSubmissionTable> | null> {
  const { rows } = await sql<Selectable<BusSubmissionTable>>`
    update bus_submission set deliveries = deliveries + 1,
      due = clock_timestamp() + make_interval(secs => ${ackWaitSeconds})
    where number = (
      select number from bus_submission where due <= statement_timestamp()
      order by due, number limit 1 for update skip locked
    )
    returning *
  `.execute(db)
  return rows[0] ?? null
}

function submissionOf(db: Kysely<Schema>, row: Selectable<BusSubmissionTable>): Submission {
  const own = db.deleteFrom("bus_submission").where("number", "=", row.number)
  const dueIn = (seconds: number) =>
    sql`update bus_submission set due = clock_timestamp() + make_interval(secs => ${seconds}) where number = ${row.number}`
  const settle = async (): Promise<void> => {
    await onBus(() => own.execute())
  }
  return {
    messageId: `postgres-${row.number}`,
    tenant: row.tenant,
    tokenHash: row.token_hash === null ? null : digestOfColumn(row.token_hash),
    key: row.key,
    messageKey: null,
    traceparent: row.traceparent,
    body: row.body,
    deliveries: row.deliveries,
    ack: settle,
    term: settle,
    nak: async (delayMs) => {
      await onBus(() => dueIn(delayMs / 1_000).execute(db))
    },
    working: () => {
      // A hint: without it the submission is delivered again, and its key finds the execution.
      dueIn(ackWaitSeconds)
        .execute(db)
        .catch(() => undefined)
    },
  }
}
