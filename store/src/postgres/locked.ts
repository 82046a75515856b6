// One transaction that locks one execution's row: people's commands and consumptions are written this way.
// Owns: the lock, what can be read under it, the write, a lost commit. Does not own: what is decided.
// Keeps INV-07: entries are appended under the fence that was read here, so a worker's next append sees a moved head.

import {
  OutcomeUnknown,
  StoreUnavailable,
  type Append,
  type InboxRow,
  type LockedDecision,
  type LockedExecution,
} from "@counterfoil/contracts/ports"
import { type ExecutionId, type Fence, type Json, type TenantId, invariant } from "@counterfoil/contracts"
import { CompiledQuery, sql, type ControlledTransaction } from "kysely"
import { setTimeout as delay } from "node:timers/promises"
import type { Schema } from "../database/schema.ts"
import { appendStatement, type WrittenRow } from "./append-statement.ts"
import { columnOf, digestOfColumn, timeOf } from "../database/digest-columns.ts"
import { postgresDirectory } from "../directory/postgres-directory.ts"
import { sqlStateOf } from "./append-lane.ts"
import { readEntries } from "./read-entries.ts"
import type { TenantSessions } from "./tenant-sessions.ts"

// A caller whose commit is unknown gets an answer within 5 s: it waits no longer for one.
const findOutWithinMs = 5_000
const lookEveryMs = 100

/**
 * Runs `decide` under the lock and writes what it returns, or nothing when it throws. Null: no such execution.
 * Throws `StoreUnavailable` when nothing was written, `OutcomeUnknown` when that cannot be known.
 */
export function runLocked<T>(
  sessions: TenantSessions,
  tenant: TenantId,
  executionId: ExecutionId,
  decide: (locked: LockedExecution) => Promise<LockedDecision<T>>,
): Promise<T | null> {
  return sessions.inTenant(tenant, async (db) => {
    const trx = await db.startTransaction().execute()
    let decision: LockedDecision<T>
    try {
      const locked = await lockExecution(trx, tenant, executionId)
      if (locked === null) {
        await trx.rollback().execute()
        return null
      }
      decision = await decide(locked)
      if (decision.append !== null) await write(trx, decision.append)
      if (decision.remember !== null) await remember(trx, executionId, decision.remember)
    } catch (error) {
      // A broken connection has rolled back by itself; the first error is the one to report.
      await trx
        .rollback()
        .execute()
        .catch(() => undefined)
      throw error
    }
    await commit(trx, decision, sessions)
    return decision.answer
  })
}

async function lockExecution(
  trx: ControlledTransaction<Schema>,
  tenant: TenantId,
  executionId: ExecutionId,
): Promise<LockedExecution | null> {
  const found = await trx
    .selectFrom("execution")
    .select(["fence", "head_seq", "head_hash", "row"])
    .where("execution_id", "=", executionId)
    .where("tenant", "=", tenant)
    .forUpdate()
    .executeTakeFirst()
  if (found === undefined) return null
  // After the lock was taken: waiting for it may have cost time.
  const { rows } = await sql<{ now: Date; digest: Uint8Array | null }>`
    select clock_timestamp() as now, (select digest from policy_pointer where tenant = ${tenant}) as digest
  `.execute(trx)
  const [seen] = rows
  invariant(seen?.digest !== undefined && seen.digest !== null, "INV-02", { policyActivated: false })
  return {
    fence: Number(found.fence) as Fence,
    head: { seq: found.head_seq, hash: digestOfColumn(found.head_hash) },
    now: timeOf(seen.now),
    row: found.row,
    policySetDigest: digestOfColumn(seen.digest),
    directory: postgresDirectory({
      inTenant: (asked, run) => {
        invariant(asked === tenant, "INV-10", { asked, tenant })
        return run(trx)
      },
      acrossTenants: (run) => run(trx),
    }),
    trace: () => readEntries(trx, tenant, executionId, null),
    approval: async (approvalId) => {
      const row = await trx
        .selectFrom("approval")
        .select("row")
        .where("approval_id", "=", approvalId)
        .where("tenant", "=", tenant)
        .executeTakeFirst()
      return row?.row ?? null
    },
    remembered: async (key) => {
      const row = await trx
        .selectFrom("inbox")
        .select(["request_digest", "answer"])
        .where("tenant", "=", tenant)
        .where("principal", "=", key.principal)
        .where("contract", "=", key.contract)
        .where("key_digest", "=", columnOf(key.keyDigest))
        .executeTakeFirst()
      return row === undefined
        ? null
        : { requestDigest: digestOfColumn(row.request_digest), answer: row.answer }
    },
  }
}

async function write(trx: ControlledTransaction<Schema>, append: Append): Promise<void> {
  const { text, values } = appendStatement([append], () => false)
  const { rows } = await trx.executeQuery<WrittenRow>(CompiledQuery.raw(text, values))
  // This transaction holds the row until the commit, so only an append that does not fit what was read can fail.
  invariant(rows.length === 1, "INV-07", {
    executionId: append.executionId,
    expected: append.expect.seq,
    fence: append.fence,
  })
}

async function remember(
  trx: ControlledTransaction<Schema>,
  executionId: ExecutionId,
  { key, answer }: { readonly key: InboxRow; readonly answer: Json },
): Promise<void> {
  const { numInsertedOrUpdatedRows: kept } = await trx
    .insertInto("inbox")
    .values({
      tenant: key.tenant,
      principal: key.principal,
      contract: key.contract,
      key_digest: columnOf(key.keyDigest),
      request_digest: columnOf(key.requestDigest),
      execution_id: executionId,
      answer: JSON.stringify(answer),
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow()
  // Another command has used the key meanwhile, on another execution; the repetition will find its answer.
  if (kept !== 1n) throw new StoreUnavailable("the key was used a moment ago")
}

async function commit(
  trx: ControlledTransaction<Schema>,
  { append, remember: remembered }: LockedDecision<unknown>,
  sessions: TenantSessions,
): Promise<void> {
  try {
    await trx.commit().execute()
  } catch (error) {
    if (sqlStateOf(error) !== null) throw new StoreUnavailable("the commit was refused", { cause: error })
    if (append === null && remembered === null) return
    if (append !== null && (await turnsUp(sessions, append))) return
    throw new OutcomeUnknown("the answer to a commit was lost", { cause: error })
  }
}

// A missing entry does not prove that it will not appear: the server may not have noticed yet that the connection is lost.
async function turnsUp(sessions: TenantSessions, append: Append): Promise<boolean> {
  const giveUpAt = performance.now() + findOutWithinMs
  while (performance.now() < giveUpAt) {
    // Not reachable yet counts as not seen yet.
    if (await isWritten(sessions, append).catch(() => false)) return true
    await delay(lookEveryMs)
  }
  return false
}

function isWritten(sessions: TenantSessions, { tenant, executionId, execution }: Append): Promise<boolean> {
  return sessions.inTenant(tenant, async (db) => {
    const entries = db.selectFrom("entry").select("seq").where("execution_id", "=", executionId)
    const found = entries
      .where("seq", "=", execution.head.seq)
      .where("hash", "=", columnOf(execution.head.hash))
    return (await found.executeTakeFirst()) !== undefined
  })
}
