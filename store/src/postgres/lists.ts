// Pages of executions and approvals in a total order.
// Owns: filters, keyset paging, the bounded count. Does not own: cursors as callers see them (adapters seal them).

import type {
  ApprovalFilter,
  ApprovalRow,
  ExecutionFilter,
  ExecutionRow,
  Page,
  Position,
  Reach,
  SameAsk,
} from "@counterfoil/contracts/ports"
import { isAnswerable, type ExecutionId, type TenantId, type Tier, type Time } from "@counterfoil/contracts"
import { sql, type Kysely, type RawBuilder, type SelectQueryBuilder, type SqlBool } from "kysely"
import type { Schema } from "../database/schema.ts"
import { withinReach } from "./within-reach.ts"

// A total beyond this is of no use to a reader and costs a scan.
const countedMax = 10_000

/** Newest first by the filter's sort, then by id. */
export async function listExecutions(
  db: Kysely<Schema>,
  filter: ExecutionFilter,
  after: Position | null,
  limit: number,
): Promise<Page<ExecutionRow>> {
  const column = filter.sort === "createdAt" ? "created_at" : "updated_at"
  let query = db.selectFrom("execution").where("tenant", "=", filter.tenant)
  const { label } = filter
  const within = withinReach(filter.reach, "execution")
  if (within !== null) query = query.where(within)
  if (filter.status.length > 0) query = query.where("status", "in", filter.status)
  if (filter.tier.length > 0) query = query.where("tier", "in", filter.tier)
  if (filter.contract !== null) query = query.where("contract", "=", filter.contract)
  if (filter.requester !== null) query = query.where("requester", "=", filter.requester)
  if (label !== null) query = query.where(sql<boolean>`${label} = any(labels)`)
  if (filter.inDoubt !== null) query = query.where("in_doubt", "=", filter.inDoubt)
  if (filter.held !== null) query = query.where(heldAt(filter.at), "=", filter.held)
  if (filter.from !== null) query = query.where("created_at", ">=", new Date(filter.from))
  if (filter.to !== null) query = query.where("created_at", "<", new Date(filter.to))
  const counted = query.select("execution_id").limit(countedMax)
  let page = query
    .select(["row", "execution_id", openCount(filter.at).as("open")])
    .orderBy(column, "desc")
    .orderBy("execution_id", "desc")
    .limit(limit + 1)
  if (after !== null) {
    page = page.where(
      sql<boolean>`(${sql.ref(column)}, execution_id) < (${after.value}::timestamptz, ${after.id})`,
    )
  }
  return pageOf(
    (await page.execute()).map(({ row, open }) =>
      open === null ? row : { ...row, pendingApprovals: Number(open) },
    ),
    limit,
    await countOf(db, counted),
    (row) => ({ value: row[filter.sort], id: row.executionId }),
  )
}

/** The newest by its id, which begins with its time. The index is of exactly this (migration 0008). */
export async function findLastRejected(
  db: Kysely<Schema>,
  { tenant, requester, contract, inputDigest }: SameAsk,
  except: ExecutionId,
): Promise<ApprovalRow | null> {
  const newest = await db
    .selectFrom("approval")
    .select("row")
    .where("tenant", "=", tenant)
    .where("requester", "=", requester)
    .where("contract", "=", contract)
    .where(sql<boolean>`row ->> 'inputDigest' = ${inputDigest}`)
    // Written out, so that the planner uses the index of rejected requests.
    .where(sql<boolean>`status = 'rejected'`)
    .where("execution_id", "!=", except)
    .orderBy("approval_id", "desc")
    .limit(1)
    .executeTakeFirst()
  return newest?.row ?? null
}

/** First to expire first, then by id. */
export async function listApprovals(
  db: Kysely<Schema>,
  filter: ApprovalFilter,
  after: Position | null,
  limit: number,
): Promise<Page<ApprovalRow>> {
  let query = db.selectFrom("approval").where("tenant", "=", filter.tenant)
  const within = withinReach(filter.reach, "approval")
  if (within !== null) query = query.where(within)
  if (filter.status.length > 0) query = query.where(hasStatus(filter.status, filter.at))
  if (filter.tier.length > 0) query = query.where("tier", "in", filter.tier)
  if (filter.contract !== null) query = query.where("contract", "=", filter.contract)
  if (filter.requester !== null) query = query.where("requester", "=", filter.requester)
  if (filter.executionId !== null) query = query.where("execution_id", "=", filter.executionId)
  if (filter.expiresBefore !== null) query = query.where("expires_at", "<", new Date(filter.expiresBefore))
  const counted = query.select("approval_id").limit(countedMax)
  let page = query
    .select(["row", "approval_id"])
    .orderBy("expires_at")
    .orderBy("approval_id")
    .limit(limit + 1)
  if (after !== null) {
    page = page.where(sql<boolean>`(expires_at, approval_id) > (${after.value}::timestamptz, ${after.id})`)
  }
  return pageOf(
    (await page.execute()).map(({ row }) => row),
    limit,
    await countOf(db, counted),
    (row) => ({ value: row.expiresAt, id: row.approvalId }),
  )
}

// The same as `approvalStatusAt`, for rows: a request stored as open or approved is expired once its time is over. Each part compares
// the column by itself and is left out when it is empty, so that the list of open requests reads the index of the queue in its order.
function hasStatus(status: ApprovalFilter["status"], at: Time | null): RawBuilder<SqlBool> {
  const stored = (among: ApprovalFilter["status"]) => sql<SqlBool>`status in (${sql.join(among)})`
  if (at === null) return stored(status)
  const answerable = status.filter(isAnswerable)
  const closed = status.filter((one) => !isAnswerable(one))
  const parts = [
    ...(answerable.length === 0
      ? []
      : [sql<SqlBool>`(${stored(answerable)} and expires_at > ${at}::timestamptz)`]),
    ...(closed.length === 0 ? [] : [stored(closed)]),
    ...(closed.includes("expired")
      ? [sql<SqlBool>`(${stored(["open", "approved"])} and expires_at <= ${at}::timestamptz)`]
      : []),
  ]
  return sql<SqlBool>`(${sql.join(parts, sql` or `)})`
}

// Null when rows are taken as they are stored. Executions without requests cost no read of requests.
const openCount = (at: Time | null): RawBuilder<string | null> =>
  at === null
    ? sql`null`
    : sql`case when held then (select count(*) from approval where approval.execution_id = execution.execution_id
        and approval.status = 'open' and approval.expires_at > ${at}::timestamptz) else 0 end`
const heldAt = (at: Time | null): RawBuilder<SqlBool> =>
  at === null
    ? sql`held`
    : sql`(held and exists (select from approval where approval.execution_id = execution.execution_id
        and approval.status = 'open' and approval.expires_at > ${at}::timestamptz))`

/** How many requests of each tier wait for people at a time, of executions within reach. */
export async function countApprovals(
  db: Kysely<Schema>,
  tenant: TenantId,
  reach: Reach | null,
  at: Time,
): Promise<Readonly<Record<Tier, number>>> {
  const open = db
    .selectFrom("approval")
    .select(["tier", (e) => e.fn.countAll<string>().as("count")])
    .where("tenant", "=", tenant)
    .where("status", "=", "open")
    .where("expires_at", ">", new Date(at))
    .groupBy("tier")
  const within = withinReach(reach, "approval")
  const rows = await (within === null ? open : open.where(within)).execute()
  const countIn = (tier: Tier): number => Number(rows.find((row) => row.tier === tier)?.count ?? 0)
  return { low: countIn("low"), medium: countIn("medium"), high: countIn("high") }
}

function pageOf<T>(
  rows: readonly T[],
  limit: number,
  totalAtLeast: number,
  positionOf: (row: T) => Position,
): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, next: rows.length > limit && last !== undefined ? positionOf(last) : null, totalAtLeast }
}

async function countOf<O>(
  db: Kysely<Schema>,
  counted: SelectQueryBuilder<Schema, "approval" | "execution", O>,
): Promise<number> {
  const { rows } = await sql<{
    count: string
  }>`select count(*) as count from (${counted}) as counted`.execute(db)
  return Number(rows[0]?.count ?? 0)
}
