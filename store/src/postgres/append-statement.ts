// The one statement that writes a batch of appends: guarded heads, entries, projections, in one round trip.
// Owns: the SQL and its parameters. Does not own: who goes into a batch, lost answers (append-lane.ts).
// Keeps INV-07: rows are inserted only for members whose fence and head matched, in the same statement that moves
// the head. Canonical bytes are sent unchanged, in binary arrays; small fields of various types are sent as JSON.

import type { Append, BlobRow } from "@counterfoil/contracts/ports"
import { invariant, type Digest } from "@counterfoil/contracts"
import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from "kysely"
import { byteaArray, digestArray, int4Array, textArray } from "./binary-array.ts"
import { hexOf } from "../database/digest-columns.ts"

/** A row for each member that was written; `i` is its place in the batch. */
export interface WrittenRow {
  readonly i: number
  readonly now: Date
}

// Kept apart: the part of all batches, and the parts that only some need, because an executor node costs its start-up in every statement.
// Digests lose their `sha256:` here: a text that is cut from another makes JSON.stringify half as fast (digest/bytes.ts).
const member = sql`
  member as materialized (
    select * from json_to_recordset($1::json) as m(
      i int, tenant text, execution_id text, fence bigint, expect_seq int, expect_hash text, last_seq int,
      last_hash text, wake_at timestamptz, status text, tier text, held boolean, in_doubt boolean,
      updated_at timestamptz, ended_at timestamptz, projection json)
  )`

// The lane plans this once, over tables that may still be empty. The list of keys and the odd spelling of the tenant leave
// the planner only the primary key, which stays the right plan when there are millions of rows.
const advanced = sql`
  advanced as (
    update execution as x set head_seq = m.last_seq, head_hash = decode(substr(m.last_hash, 8), 'hex'), wake_at = m.wake_at,
      status = m.status, tier = m.tier, held = m.held, in_doubt = m.in_doubt, updated_at = m.updated_at,
      ended_at = m.ended_at, row = m.projection,
      worker = case when m.ended_at is null then x.worker end,
      lease_until = case when m.ended_at is null then x.lease_until end
    from member m
    where x.execution_id = any($4::text[]) and x.execution_id = m.execution_id and x.tenant is not distinct from m.tenant and x.fence = m.fence
      and x.head_seq = m.expect_seq and x.head_hash = decode(substr(m.expect_hash, 8), 'hex')
    returning m.i
  )`

const created = sql`
  maker as materialized (
    select * from json_to_recordset($1::json) as m(
      i int, tenant text, execution_id text, expect_seq int, contract text, requester text, on_behalf_of text,
      labels text[], goes_first boolean, created_at timestamptz, worker text, lease_seconds int, key_principal text, key_contract text,
      key_digest text, request_digest text)
    where expect_seq = 0
  ), admitted as (
    insert into inbox (tenant, principal, contract, key_digest, request_digest, execution_id)
    select tenant, key_principal, key_contract, decode(substr(key_digest, 8), 'hex'), decode(substr(request_digest, 8), 'hex'), execution_id
    from maker order by tenant, key_principal, key_contract, key_digest
    on conflict do nothing
    returning execution_id
  ), created as (
    insert into execution (execution_id, tenant, fence, head_seq, head_hash, worker, lease_until, wake_at, goes_first, status, tier,
      contract, requester, on_behalf_of, labels, held, in_doubt, created_at, updated_at, ended_at, row)
    select m.execution_id, m.tenant, m.fence, m.last_seq, decode(substr(m.last_hash, 8), 'hex'),
      case when m.ended_at is null then k.worker end,
      case when m.ended_at is null then clock_timestamp() + make_interval(secs => k.lease_seconds) end,
      m.wake_at, k.goes_first, m.status, m.tier, k.contract, k.requester, k.on_behalf_of, k.labels, m.held, m.in_doubt,
      k.created_at, m.updated_at, m.ended_at, m.projection
    from maker k join member m on m.i = k.i where k.execution_id in (select execution_id from admitted)
    returning execution_id
  )`

// Tenant and execution are sent once a member, and are looked up by its place. `coalesce` keeps the planner from making a
// join of a set that is hashed once.
const written = sql`
  fact as materialized (
    select ($3::text[])[e.i + 1] as tenant, ($4::text[])[e.i + 1] as execution_id, e.*
    from unnest($2::int[], $5::int[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[], $10::bytea[])
      as e(i, seq, head, digest, prev_hash, hash, payload)
    where coalesce(e.i in (select i from won), false)
  ), written as (
    insert into entry (tenant, execution_id, seq, head, digest, prev_hash, hash)
    select tenant, execution_id, seq, head, digest, prev_hash, hash from fact
  ), told as (
    insert into payload (tenant, execution_id, seq, bytes) select tenant, execution_id, seq, payload from fact
  ), appended as (
    insert into append (tenant, execution_id, first_seq, last_seq, head_hash)
    select tenant, execution_id, expect_seq + 1, last_seq, decode(substr(last_hash, 8), 'hex') from won
  )`

const asked = sql`
  asked as (
    insert into approval as p (approval_id, tenant, execution_id, status, tier, contract, requester, on_behalf_of, expires_at, row)
    select a.approval_id, w.tenant, w.execution_id, a.status, a.tier, a.contract, a.requester, a.on_behalf_of,
      a.expires_at, a.projection
    from json_to_recordset($11::json) as a(i int, approval_id text, status text, tier text, contract text,
      requester text, on_behalf_of text, expires_at timestamptz, projection json)
    join won w on w.i = a.i
    on conflict (approval_id) do update
      set status = excluded.status, tier = excluded.tier, expires_at = excluded.expires_at, row = excluded.row
      where p.execution_id = excluded.execution_id
  ), named as (
    insert into blob (digest, media_type, bytes)
    select decode(b.digest, 'hex'), b.media_type, decode(b.bytes, 'base64')
    from json_to_recordset($12::json) as b(i int, digest text, media_type text, bytes text)
    join won w on w.i = b.i
    order by b.digest
    on conflict do nothing
  )`

const called = (parameter: "$11" | "$13") => sql`
  called as (
    insert into callback (tenant, execution_id, seq, callback_id, channel)
    select w.tenant, w.execution_id, c.seq, c.callback_id, c.channel
    from json_to_recordset(${sql.raw(parameter)}::json) as c(i int, seq int, callback_id text, channel text)
    join won w on w.i = c.i
  )`

const wonColumns = sql`select i, tenant, execution_id, expect_seq, last_seq, last_hash from member`
const wonByAdvance = sql`won as materialized (${wonColumns} where i in (select i from advanced))`
const wonByEither = sql`won as materialized (${wonColumns}
  where i in (select i from advanced) or execution_id in (select execution_id from created))`

interface Shape {
  readonly creates: boolean
  readonly carries: boolean
  readonly calls: boolean
}

/** A prepared statement: its name on each connection, its text and its parameters. */
interface AppendStatement {
  readonly name: string
  readonly text: string
  readonly values: (string | Buffer)[]
}

/** The statement for a batch; no execution may be in it twice. `isStored` leaves out blobs that are known to be stored. */
export function appendStatement(
  batch: readonly Append[],
  isStored: (digest: Digest) => boolean,
): AppendStatement {
  const approvals = batch.flatMap(approvalsOf)
  const blobs = batch.flatMap((append, i) =>
    append.blobs.filter((blob) => !isStored(blob.digest)).map((blob) => blobOf(blob, i)),
  )
  const callbacks = batch.flatMap(callbackOf)
  const shape: Shape = {
    creates: batch.some((append) => append.create !== null),
    carries: approvals.length > 0 || blobs.length > 0,
    calls: callbacks.length > 0,
  }
  const values = appendParameters(batch)
  if (shape.carries) values.push(JSON.stringify(approvals), JSON.stringify(blobs))
  if (shape.calls) values.push(JSON.stringify(callbacks))
  return { ...statementOf(shape), values }
}

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
})

function compile({ creates, carries, calls }: Shape): string {
  const parts = [
    member,
    advanced,
    ...(creates ? [created, wonByEither] : [wonByAdvance]),
    written,
    ...(carries ? [asked] : []),
    ...(calls ? [called(carries ? "$13" : "$11")] : []),
  ]
  return sql`with ${sql.join(parts)} select i, clock_timestamp() as now from won`.compile(compiler).sql
}

const nameOf = ({ creates, carries, calls }: Shape): string =>
  `counterfoil-append${creates ? "-creating" : ""}${carries ? "-carrying" : ""}${calls ? "-calling" : ""}`

const either = [false, true] as const
const texts: ReadonlyMap<string, string> = new Map(
  either.flatMap((creates) =>
    either.flatMap((carries) =>
      either.map(
        (calls) => [nameOf({ creates, carries, calls }), compile({ creates, carries, calls })] as const,
      ),
    ),
  ),
)

function statementOf(shape: Shape): Pick<AppendStatement, "name" | "text"> {
  const name = nameOf(shape)
  const text = texts.get(name)
  invariant(text !== undefined, "INV-07", { statement: name })
  return { name, text }
}

function appendParameters(batch: readonly Append[]): (string | Buffer)[] {
  const places = batch.flatMap((append, i) => append.entries.map(() => i))
  const entries = batch.flatMap((append) => append.entries)
  return [
    JSON.stringify(batch.map(memberOf)),
    int4Array(places),
    textArray(batch.map(({ tenant }) => tenant)),
    textArray(batch.map(({ executionId }) => executionId)),
    int4Array(entries.map((entry) => entry.head.seq)),
    byteaArray(entries.map((entry) => entry.headBytes)),
    digestArray(entries.map((entry) => entry.digest)),
    digestArray(entries.map((entry) => entry.prevHash)),
    digestArray(entries.map((entry) => entry.hash)),
    byteaArray(entries.map((entry) => entry.payloadBytes ?? noBytes)),
  ]
}

// An append always carries its payloads (checked before); only a stored entry can have lost its own.
const noBytes = new Uint8Array()

function memberOf(append: Append, i: number): Readonly<Record<string, unknown>> {
  const { execution: row, create } = append
  return {
    i,
    tenant: append.tenant,
    execution_id: append.executionId,
    fence: append.fence,
    expect_seq: append.expect.seq,
    expect_hash: append.expect.hash,
    last_seq: row.head.seq,
    last_hash: row.head.hash,
    wake_at: row.wakeAt,
    status: row.status,
    tier: row.tier,
    held: row.pendingApprovals > 0,
    in_doubt: row.inDoubt > 0,
    updated_at: row.updatedAt,
    ended_at: row.endedAt,
    projection: row,
    ...(create === null ? {} : creationOf(row, create)),
  }
}

/** The columns of an execution that are written once. */
const creationOf = (
  row: Append["execution"],
  { inbox, leaseTo, goesFirst }: NonNullable<Append["create"]>,
): Readonly<Record<string, unknown>> => ({
  contract: row.contract,
  requester: row.requester,
  on_behalf_of: row.onBehalfOf,
  labels: row.labels,
  goes_first: goesFirst,
  created_at: row.createdAt,
  worker: leaseTo?.worker,
  lease_seconds: leaseTo?.seconds,
  key_principal: inbox.principal,
  key_contract: inbox.contract,
  key_digest: inbox.keyDigest,
  request_digest: inbox.requestDigest,
})

function approvalsOf(append: Append, i: number): readonly Readonly<Record<string, unknown>>[] {
  return append.approvals.map((approval) => ({
    i,
    approval_id: approval.approvalId,
    status: approval.status,
    tier: approval.tier,
    contract: approval.contract.ref,
    requester: approval.requester,
    on_behalf_of: approval.onBehalfOf,
    expires_at: approval.expiresAt,
    projection: approval,
  }))
}

function callbackOf(
  { callback, execution }: Append,
  i: number,
): readonly Readonly<Record<string, unknown>>[] {
  if (callback === null) return []
  return [{ i, seq: callback.seq, callback_id: callback.callbackId, channel: execution.channel }]
}

function blobOf(blob: BlobRow, i: number): Readonly<Record<string, unknown>> {
  return {
    i,
    digest: hexOf(blob.digest),
    media_type: blob.mediaType,
    bytes: Buffer.from(blob.bytes).toString("base64"),
  }
}
