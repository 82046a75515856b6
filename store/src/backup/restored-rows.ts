// The restored rows, read in the transaction that restored them: they can be compared with the traces before they count.
// Owns: reading it. Does not own: the comparison, nor whether it counts (adapters/server/src/operate/backup).

import type { Digest, ExecutionId, TenantId, TraceEntry, TraceHead } from "@counterfoil/contracts"
import type { ApprovalRow, ExecutionRow, ReviewKeyRow } from "@counterfoil/contracts/ports"
import { Kysely, PostgresDialect, sql } from "kysely"
import type { Client } from "pg"
import type { Schema } from "../database/schema.ts"
import { keptLocks } from "../postgres/contract-locks.ts"
import { digestOfColumn } from "../database/digest-columns.ts"
import { reviewKeysOf } from "../directory/review-keys.ts"
import { readEntries } from "../postgres/read-entries.ts"
import { rightsOf, type RestoredRight } from "./restored-rights.ts"

/** An execution as its row has it, with its trace. `columns`: the names of columns that differ from the row's own document. */
interface RestoredExecution {
  readonly tenant: TenantId
  readonly executionId: ExecutionId
  readonly head: TraceHead
  readonly row: ExecutionRow
  readonly columns: readonly string[]
  readonly approvals: readonly ApprovalRow[]
  readonly entries: readonly TraceEntry[]
}

/** A text by the digest that it is kept under. */
interface RestoredText {
  readonly digest: Digest
  readonly mediaType: string
  readonly bytes: Uint8Array
}

/** Reads of the restored rows. Each walk is in the order of ids. */
export interface RestoredRows {
  executions(): AsyncGenerator<RestoredExecution>
  /** Everything that gives someone rights, ended ones included. */
  rights(): Promise<readonly RestoredRight[]>
  /** The keys that people sign reviews with, of every tenant; a row whose id is not that of its public part is left out. */
  reviewKeys(): Promise<readonly ReviewKeyRow[]>
  texts(): AsyncGenerator<RestoredText>
  /** The digests of the locks with the contracts of each registry. */
  locks(): Promise<readonly Digest[]>
  /** Rows that belong to no execution or to no entry, by table; a table without any is left out. */
  strays(): Promise<Readonly<Record<string, number>>>
}

const pageMax = 200

/** The rows that this connection sees. */
export function restoredRows(client: Client): RestoredRows {
  const db = kyselyOn(client)
  return {
    executions: () => executionsOf(db),
    rights: () => rightsOf(db),
    reviewKeys: async () => reviewKeysOf(await db.selectFrom("review_key").selectAll().execute()),
    texts: () => textsOf(db),
    locks: () => keptLocks(db),
    strays: () => straysOf(db),
  }
}

/** Kysely on one connection that is in a transaction of its own. */
function kyselyOn(client: Client): Kysely<Schema> {
  const connection = {
    query: client.query.bind(client),
    release: () => undefined,
  }
  return new Kysely<Schema>({
    dialect: new PostgresDialect({
      pool: { connect: () => Promise.resolve(connection), end: () => Promise.resolve(), options: {} },
    }),
  })
}

async function* executionsOf(db: Kysely<Schema>): AsyncGenerator<RestoredExecution> {
  let after = ""
  for (;;) {
    const rows = await db
      .selectFrom("execution")
      .selectAll()
      .where("execution_id", ">", after)
      .orderBy("execution_id")
      .limit(pageMax)
      .execute()
    for (const stored of rows) {
      const tenant = stored.tenant as TenantId
      const executionId = stored.execution_id as ExecutionId
      const approvals = await db
        .selectFrom("approval")
        .selectAll()
        .where("execution_id", "=", executionId)
        .orderBy("approval_id")
        .execute()
      yield {
        tenant,
        executionId,
        head: { seq: stored.head_seq, hash: digestOfColumn(stored.head_hash) },
        row: stored.row,
        columns: [
          ...differing(stored, {
            tenant: stored.row.tenant,
            status: stored.row.status,
            tier: stored.row.tier,
            contract: stored.row.contract,
            requester: stored.row.requester,
            on_behalf_of: stored.row.onBehalfOf,
            labels: stored.row.labels,
            held: stored.row.pendingApprovals > 0,
            in_doubt: stored.row.inDoubt > 0,
            created_at: dateOf(stored.row.createdAt),
            updated_at: dateOf(stored.row.updatedAt),
            ended_at: dateOf(stored.row.endedAt),
          }),
          ...approvals.flatMap(({ row, ...columns }) =>
            differing(columns, {
              approval_id: row.approvalId,
              tenant: row.tenant,
              execution_id: row.executionId,
              status: row.status,
              tier: row.tier,
              contract: row.contract.ref,
              requester: row.requester,
              on_behalf_of: row.onBehalfOf,
              expires_at: dateOf(row.expiresAt),
            }).map((column) => `approval.${column}`),
          ),
        ],
        approvals: approvals.map(({ row }) => row),
        entries: await readEntries(db, tenant, executionId, null),
      }
    }
    const last = rows.at(-1)
    if (last === undefined) return
    after = last.execution_id
  }
}

const dateOf = (time: string | null): Date | null => (time === null ? null : new Date(time))

function differing<T extends object>(
  stored: T,
  expected: { readonly [K in keyof T]?: unknown },
): readonly string[] {
  return Object.entries(expected).flatMap(([column, value]) =>
    JSON.stringify(value) === JSON.stringify(Reflect.get(stored, column)) ? [] : [column],
  )
}

async function* textsOf(db: Kysely<Schema>): AsyncGenerator<RestoredText> {
  let after = Buffer.alloc(0)
  for (;;) {
    const rows = await db
      .selectFrom("blob")
      .selectAll()
      .where("digest", ">", after)
      .orderBy("digest")
      .limit(pageMax)
      .execute()
    for (const row of rows)
      yield { digest: digestOfColumn(row.digest), mediaType: row.media_type, bytes: row.bytes }
    const last = rows.at(-1)
    if (last === undefined) return
    after = Buffer.from(last.digest)
  }
}

// Rows that a check of each execution by its id does not find: rows of an execution without a row, or of another tenant's; and
// places in the order of events that name a different head than the entry has.
async function straysOf(db: Kysely<Schema>): Promise<Readonly<Record<string, number>>> {
  const ofExecution = (table: string) => sql`
    select ${sql.lit(table)} as "table", count(*)::int as n from ${sql.table(table)} t
    where not exists (select from execution x where x.execution_id = t.execution_id and x.tenant = t.tenant)`
  const { rows } = await sql<{ table: string; n: number }>`
    ${sql.join(["entry", "payload", "approval", "append", "inbox", "callback"].map(ofExecution), sql` union all `)}
    union all
    select 'payload', count(*)::int from payload p
    where not exists (select from entry e where e.execution_id = p.execution_id and e.seq = p.seq and e.tenant = p.tenant)
    union all
    select 'append', count(*)::int from append a
    where not exists (select from entry e where e.execution_id = a.execution_id and e.seq = a.last_seq and e.hash = a.head_hash)
  `.execute(db)
  const strays: Record<string, number> = {}
  for (const { table, n } of rows) if (n > 0) strays[table] = (strays[table] ?? 0) + n
  return strays
}
