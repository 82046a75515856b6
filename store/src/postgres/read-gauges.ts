// Counts and ages of open work in the whole installation, for one scrape.
// Owns: a few bounded statements over indexes that hold open rows alone. Does not own: how often they run, nor metrics.
// A count stops at `countedMax`: a larger number is of no more use to an operator and costs a scan.

import type { ExecutionStatus, Tier } from "@counterfoil/contracts"
import type { RelayLag } from "@counterfoil/contracts/ports"
import { sql, type Kysely } from "kysely"
import { openRelayLog } from "./relay-log.ts"
import type { Schema } from "../database/schema.ts"

/** Counts and ages of open work. Ages are in seconds by the database's clock, 0 when nothing is open. */
export interface StoreGauges {
  readonly approvals: readonly {
    readonly tier: Tier
    readonly open: number
    readonly oldestSeconds: number
    /** The share of its time that has passed for the request closest to its expiry, from 0 to below 1. */
    readonly timeUsed: number
  }[]
  readonly executions: readonly { readonly status: ExecutionStatus; readonly open: number }[]
  readonly stepsInDoubt: number
  readonly inDoubtOldestSeconds: number
  /** Age of the oldest work that is due and that no worker holds. */
  readonly readyOldestSeconds: number
  readonly relayLag: RelayLag
  readonly callbacks: { readonly waiting: number; readonly oldestSeconds: number }
}

const countedMax = 10_000

/** Reads them. Counts stop at 10,000 rows of a kind. */
export async function readGauges(db: Kysely<Schema>): Promise<StoreGauges> {
  const approvals = await openApprovals(db)
  const executions = await openExecutions(db)
  return {
    approvals,
    executions: executions.map(({ status, open }) => ({ status, open })),
    stepsInDoubt: executions.reduce((sum, row) => sum + row.inDoubt, 0),
    inDoubtOldestSeconds: Math.max(0, ...executions.map((row) => row.oldestSeconds)),
    readyOldestSeconds: await readyWork(db),
    relayLag: await openRelayLog({ acrossTenants: (run) => run(db) }).lag(),
    callbacks: await waitingCallbacks(db),
  }
}

async function openApprovals(db: Kysely<Schema>): Promise<StoreGauges["approvals"]> {
  const { rows } = await sql<StoreGauges["approvals"][number]>`
    select tier, count(*)::int as open,
      greatest(0, extract(epoch from max(clock_timestamp() - requested)))::float8 as "oldestSeconds",
      greatest(0, max(extract(epoch from clock_timestamp() - requested)
        / greatest(0.001, extract(epoch from expires_at - requested))))::float8 as "timeUsed"
    from (
      select tier, expires_at, (row ->> 'requestedAt')::timestamptz as requested
      from policy_pointer cross join lateral (
        select tier, expires_at, row from approval
        where approval.tenant = policy_pointer.tenant and status = 'open' and expires_at > clock_timestamp()
        order by expires_at, approval_id limit ${countedMax}
      ) of_tenant limit ${countedMax}
    ) open group by tier
  `.execute(db)
  return rows
}

interface OpenExecutions {
  readonly status: ExecutionStatus
  readonly open: number
  readonly inDoubt: number
  readonly oldestSeconds: number
}

async function openExecutions(db: Kysely<Schema>): Promise<readonly OpenExecutions[]> {
  const { rows } = await sql<OpenExecutions>`
    select status, count(*)::int as open,
      coalesce(sum(case when in_doubt then (row ->> 'inDoubt')::int end), 0)::int as "inDoubt",
      coalesce(greatest(0, extract(epoch from max(clock_timestamp()
        - case when in_doubt then (row ->> 'inDoubtSince')::timestamptz end))), 0)::float8 as "oldestSeconds"
    from (
      select status, in_doubt, row from execution where ended_at is null order by execution_id limit ${countedMax}
    ) open group by status
  `.execute(db)
  return rows
}

async function readyWork(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql<{ seconds: number }>`
    select coalesce(greatest(0, extract(epoch from max(clock_timestamp() - wake_at))), 0)::float8 as seconds
    from policy_pointer cross join lateral (
      select wake_at from execution
      where execution.tenant = policy_pointer.tenant and wake_at <= statement_timestamp()
        and (lease_until is null or lease_until <= statement_timestamp())
      order by wake_at limit 1
    ) oldest
  `.execute(db)
  return rows[0]?.seconds ?? 0
}

async function waitingCallbacks(db: Kysely<Schema>): Promise<StoreGauges["callbacks"]> {
  const { rows } = await sql<StoreGauges["callbacks"]>`
    select count(*)::int as waiting,
      coalesce(greatest(0, extract(epoch from clock_timestamp() - min(since))), 0)::float8 as "oldestSeconds"
    from (select since from callback where ended_at is null order by since limit ${countedMax}) waiting
  `.execute(db)
  return rows[0] ?? { waiting: 0, oldestSeconds: 0 }
}
