// Who may advance which execution: claim, renew, release, and when the next one is due.
// Owns: fences and leases. Does not own: what a worker does with a claim.
// Keeps INV-07: each claim raises the fence, so an earlier holder's append changes nothing. Time is the database's.

import { firstsPerClaim, type Claim } from "@counterfoil/contracts/ports"
import type { Digest, ExecutionId, Fence, TenantId, Time, WorkerId } from "@counterfoil/contracts"
import { sql, type Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"
import { timeOf } from "../database/digest-columns.ts"

// A loose index scan: one step a tenant with work, for any number of waiting executions.
const tenantsWithWork = sql`
  with recursive tenants as (
    (select tenant from execution where wake_at is not null order by tenant limit 1)
    union all
    select (select tenant from execution where wake_at is not null and tenant > t.tenant order by tenant limit 1)
    from tenants t where t.tenant is not null
  )`

/** The due and free executions of a tenant `t` in the order of their time, each with its turn. */
const dueOf = (worker: WorkerId, goesFirst: boolean, limit: number) => sql`
  select execution_id, wake_at, row_number() over (order by wake_at, execution_id) as turn from (
    select execution_id, wake_at from execution
    where tenant = t.tenant and ${goesFirst ? sql`goes_first` : sql`not goes_first`}
      and wake_at <= statement_timestamp() and (lease_until is null or lease_until <= statement_timestamp())
      and not exists (select from passed_on p where p.execution_id = execution.execution_id and p.worker = ${worker})
    order by wake_at limit ${limit}
  ) oldest`

/** Who claims, how much at most, and which tenants have their share already. */
interface ClaimAsked {
  readonly worker: WorkerId
  readonly limit: number
  readonly leaseSeconds: number
  readonly full: readonly TenantId[] | "all"
}

/** Takes up to `limit` due executions, those that go first before the others, the oldest of each tenant in turns. */
export async function claimDue(
  db: Kysely<Schema>,
  { worker, limit, leaseSeconds, full }: ClaimAsked,
): Promise<readonly Claim[]> {
  const { rows } = await sql<{
    tenant: TenantId
    execution_id: ExecutionId
    fence: string
    head_seq: number
    head_hash: string
  }>`
    ${tenantsWithWork}, candidate as (
      select execution_id from (
        select 1 as place, due.* from tenants t cross join lateral (${dueOf(worker, true, firstsPerClaim)}) due
        where t.tenant is not null
        union all
        select 2, due.* from tenants t cross join lateral (${dueOf(worker, false, limit)}) due
        where t.tenant is not null and ${full === "all" ? sql`false` : sql`t.tenant <> all(${[...full]}::text[])`}
      ) due order by place, turn, wake_at, execution_id limit ${limit}
    ), free as materialized (
      select execution_id from execution
      -- written so that no index but the key's can serve it: the candidates are few, the due may be many
      where execution_id = any(array(select execution_id from candidate))
        and coalesce(wake_at, 'infinity') <= statement_timestamp()
        and (lease_until is null or lease_until <= statement_timestamp())
      for update skip locked
    )
    update execution as x set fence = x.fence + 1, worker = ${worker},
      lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
    from free where x.execution_id = free.execution_id
    returning x.tenant, x.execution_id, x.fence, x.head_seq, 'sha256:' || encode(x.head_hash, 'hex') as head_hash
  `.execute(db)
  return rows.map((row) => ({
    tenant: row.tenant,
    executionId: row.execution_id,
    fence: Number(row.fence) as Fence,
    head: { seq: row.head_seq, hash: row.head_hash as Digest },
  }))
}

/** Extends leases that are still held under their fence; returns the executions whose lease is lost. */
export async function renewLeases(
  db: Kysely<Schema>,
  worker: WorkerId,
  claims: readonly Claim[],
  leaseSeconds: number,
): Promise<readonly ExecutionId[]> {
  if (claims.length === 0) return []
  const held = claims.map(({ executionId, fence }) => ({ execution_id: executionId, fence }))
  // Skips a locked row: waiting for it would keep all rows locked that were renewed before it, and block their appends.
  // No worker can claim it while it is locked, and the next renewal finds it free.
  const { rows } = await sql<{ execution_id: ExecutionId }>`
    with held as materialized (
      select * from json_to_recordset(${JSON.stringify(held)}::json) as h(execution_id text, fence bigint)
    ), free as materialized (
      select x.execution_id from execution x join held on x.execution_id = held.execution_id
      where x.fence = held.fence and x.worker = ${worker}
      for update of x skip locked
    ), renewed as (
      update execution as x set lease_until = clock_timestamp() + make_interval(secs => ${leaseSeconds})
      from free where x.execution_id = free.execution_id
    )
    select held.execution_id from held where not exists (
      select from execution x where x.execution_id = held.execution_id and x.fence = held.fence and x.worker = ${worker}
    )
  `.execute(db)
  const lost = new Set(rows.map((row) => row.execution_id))
  return claims.map(({ executionId }) => executionId).filter((id) => lost.has(id))
}

/** Releases a lease if it is still held under this fence. */
export async function releaseLease(
  db: Kysely<Schema>,
  worker: WorkerId,
  { executionId, fence }: Claim,
): Promise<void> {
  await db
    .updateTable("execution")
    .set({ worker: null, lease_until: null })
    .where("execution_id", "=", executionId)
    .where("fence", "=", String(fence))
    .where("worker", "=", worker)
    .execute()
}

/** Frees every lease; appends of the former holders are refused as soon as another worker claims. */
export async function freeLeases(db: Kysely<Schema>): Promise<void> {
  await db
    .updateTable("execution")
    .set({ worker: null, lease_until: null })
    .where("lease_until", "is not", null)
    .execute()
}

/** Releases a lease, and remembers that this worker cannot use it; old records of other workers are deleted. */
export async function passOn(
  db: Kysely<Schema>,
  worker: WorkerId,
  { executionId, fence }: Claim,
): Promise<void> {
  await sql`
    with forgotten as (delete from passed_on where passed_at < statement_timestamp() - interval '1 day'),
    given as (
      update execution set worker = null, lease_until = null
      where execution_id = ${executionId} and fence = ${fence} and worker = ${worker} returning tenant, execution_id
    )
    insert into passed_on (tenant, execution_id, worker)
    select tenant, execution_id, ${worker} from given on conflict do nothing
  `.execute(db)
}

/** When the next execution can be claimed: the earliest `wake_at` of a free one, or the end of the first lease. */
export async function findNextWake(db: Kysely<Schema>): Promise<Time | null> {
  const { rows } = await sql<{ next: Date | null }>`
    ${tenantsWithWork}
    select least(
      (select min(first.wake_at) from tenants t cross join lateral (
        select wake_at from execution where tenant = t.tenant and wake_at is not null and lease_until is null
        order by wake_at limit 1) first),
      (select min(greatest(lease_until, wake_at)) from execution where lease_until is not null and wake_at is not null)
    ) as next
  `.execute(db)
  const next = rows[0]?.next ?? null
  return next === null ? null : timeOf(next)
}
