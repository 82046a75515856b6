// The TraceStore port on PostgreSQL 15 or newer.
// Owns: putting the parts together, the environment and rights at the start, closing. Does not own: queries other than small ones.
// Keeps INV-10: every method uses a session of its tenant, except those that by the port work for all tenants.

import {
  type Append,
  type AppendAnswer,
  type Clock,
  type ContractLocks,
  type TraceStore,
  StoreUnavailable,
} from "@counterfoil/contracts/ports"
import { digestBytes } from "@counterfoil/contracts/digest"
import { invariant, type Environment, type TenantId, type Time } from "@counterfoil/contracts"
import { sql, type Kysely } from "kysely"
import { checkFits } from "../append-fits.ts"
import { createDatabaseClock } from "../clock/database-clock.ts"
import { checkEnvironment, checkPrivileges, checkServer } from "../database/check-server.ts"
import { openKysely } from "../database/connect.ts"
import type { LockHeld } from "../database/lock-holders.ts"
import { refuseUnkeptSessions } from "../database/kept-sessions.ts"
import { checkSchema } from "../database/migrate.ts"
import type { Schema } from "../database/schema.ts"
import { columnOf, timeOf } from "../database/digest-columns.ts"
import { freeCallbacks, postgresCallbacks } from "./callbacks.ts"
import { postgresContractLocks } from "./contract-locks.ts"
import { postgresDirectory } from "../directory/postgres-directory.ts"
import { erasePayloadsOf } from "./erase-payloads.ts"
import { GroupCommitter, type Lane } from "./group-committer.ts"
import { AppendLane, type Settled } from "./append-lane.ts"
import { claimDue, findNextWake, freeLeases, passOn, releaseLease, renewLeases } from "./leases.ts"
import { countApprovals, findLastRejected, listApprovals, listExecutions } from "./lists.ts"
import { runLocked } from "./locked.ts"
import { readGauges, type StoreGauges } from "./read-gauges.ts"
import { readEntries, readEntriesAmong } from "./read-entries.ts"
import { movePolicy, readPolicy, runGoverning } from "./governing.ts"
import { reachable } from "./reachable.ts"
import { readLogEnd, readSequenced, sequenceAppends } from "./sequencer.ts"
import { servesCalls } from "./serves-calls.ts"
import { madeUnder, readStanding } from "./standing.ts"
import { TenantSessions } from "./tenant-sessions.ts"

/** The options of a store; connection strings carry passwords and are never logged. */
export interface PostgresStoreOptions {
  /** A login that is, or may act as, `counterfoil_service`. */
  readonly url: string
  /** A login that is, or may act as, `counterfoil_eraser`; it may be the same. */
  readonly eraserUrl: string
  readonly environment: Environment
  /** In production a login that owns the tables is refused. */
  readonly inProduction: boolean
  /** Called for each commit of the journal, with the number of entries in it. */
  readonly committed?: (entries: number) => void
  /** Called when a wait for a lock timed out, with its holders: process numbers of the server, names of programs, times. */
  readonly lockHeld?: LockHeld
}

/** An open store. `clock` follows the database's time; `close` waits for appends that are under way. */
export interface PostgresStore extends TraceStore {
  readonly clock: Clock
  /** The contracts that the installation has used. */
  readonly contractLocks: ContractLocks
  /** Frees every lease and every callback that is held; only for a process that is certainly the only one on this database. */
  freeLeases(): Promise<void>
  /** The secret with which all processes of this installation seal cursors: 32 bytes. */
  cursorSecret(): Promise<Uint8Array>
  /** When this database took the place of a lost one; null when it never did. */
  restoredAt(): Promise<Time | null>
  /** Whether a call of this tenant would be served now: its token found, its tables read and written. */
  servesCalls(tenant: TenantId): Promise<boolean>
  /** Counts and ages of open work in the whole installation; bounded, for a scrape. */
  gauges(): Promise<StoreGauges>
  close(): Promise<void>
}

// Measured: two connections commit without convoys, and more do not commit more.
const appendLanes = 2
// Appends that wait beyond this would be answered later than their callers wait.
const waitingMax = 20_000

/** Opens a migrated database. Errors: `StoreRefused` (not fit for use), `StoreUnavailable` (not reachable). */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<PostgresStore> {
  for (const url of new Set([options.url, options.eraserUrl]))
    await reachable(() => refuseUnkeptSessions(url))
  const sessions = new TenantSessions(options.url, options.lockHeld)
  const eraser = openKysely<Schema>({
    url: options.eraserUrl,
    role: "counterfoil_eraser",
    tenant: "*",
    connectionsMax: 1,
  })
  const lanes = Array.from({ length: appendLanes }, () => new AppendLane(options.url, options.lockHeld))
  const closeAll = async (): Promise<void> => {
    await Promise.all([...lanes.map((lane) => lane.close()), sessions.close(), eraser.destroy()])
  }
  try {
    await sessions.acrossTenants(async (db) => {
      await checkServer(db)
      await checkSchema(db)
      await checkPrivileges(db, options.inProduction)
      await checkEnvironment(db, options.environment)
    })
  } catch (error) {
    await closeAll()
    throw error
  }

  const clock = createDatabaseClock(await sessions.acrossTenants(readNow))
  const heard = lanes.map((lane) => heardLane(lane, options.committed ?? (() => undefined)))
  const committer = new GroupCommitter<Append, Settled>({ lanes: heard, keyOf: keyOfAppend, weightOf })
  const directory = postgresDirectory(sessions)
  let waiting = 0

  const append = async (asked: Append): Promise<AppendAnswer> => {
    checkFits(asked, options.environment)
    if (waiting >= waitingMax) throw new StoreUnavailable(`${waitingMax} appends wait already`)
    waiting += 1
    const askedMs = clock.elapsedMs()
    try {
      const settled = await committer.submit(asked)
      if (settled.kind === "failed") throw settled.error
      if (settled.answer.kind === "appended") clock.observe(settled.answer.now, askedMs)
      return settled.answer
    } finally {
      waiting -= 1
    }
  }

  return {
    append,
    locked: (tenant, executionId, decide) =>
      runLocked(sessions, tenant, executionId, async (locked) => {
        const decision = await decide(locked)
        if (decision.append !== null) checkFits(decision.append, options.environment)
        return decision
      }),
    trace: (tenant, executionId, range) =>
      sessions.inTenant(tenant, (db) => readEntries(db, tenant, executionId, range ?? null)),
    entriesAmong: (tenant, executionIds, which) =>
      sessions.inTenant(tenant, (db) => readEntriesAmong(db, tenant, executionIds, which)),
    execution: (tenant, executionId) =>
      sessions.inTenant(tenant, async (db) => {
        const rows = db.selectFrom("execution").select("row").where("tenant", "=", tenant)
        return (await rows.where("execution_id", "=", executionId).executeTakeFirst())?.row ?? null
      }),
    executions: (filter, after, limit) =>
      sessions.inTenant(filter.tenant, (db) => listExecutions(db, filter, after, limit)),
    approval: (tenant, approvalId) =>
      sessions.inTenant(tenant, async (db) => {
        const rows = db.selectFrom("approval").select("row").where("tenant", "=", tenant)
        return (await rows.where("approval_id", "=", approvalId).executeTakeFirst())?.row ?? null
      }),
    approvals: (filter, after, limit) =>
      sessions.inTenant(filter.tenant, (db) => listApprovals(db, filter, after, limit)),
    lastRejected: (ask, except) => sessions.inTenant(ask.tenant, (db) => findLastRejected(db, ask, except)),
    standing: (tenant, requester, max) =>
      sessions.inTenant(tenant, (db) => readStanding(db, tenant, requester, max)),
    madeUnder: (key) => sessions.inTenant(key.tenant, (db) => madeUnder(db, key)),
    approvalCounts: (tenant, reach, at) =>
      sessions.inTenant(tenant, (db) => countApprovals(db, tenant, reach, at)),
    claim: (worker, limit, leaseSeconds, full = []) =>
      sessions.acrossTenants((db) => claimDue(db, { worker, limit, leaseSeconds, full })),
    renew: (worker, claims, leaseSeconds) =>
      sessions.acrossTenants((db) => renewLeases(db, worker, claims, leaseSeconds)),
    release: (worker, claim) => sessions.acrossTenants((db) => releaseLease(db, worker, claim)),
    passOn: (worker, claim) => sessions.acrossTenants((db) => passOn(db, worker, claim)),
    nextWakeAt: () => sessions.acrossTenants(findNextWake),
    blob: (digest) =>
      sessions.acrossTenants(async (db) => {
        const row = await db
          .selectFrom("blob")
          .selectAll()
          .where("digest", "=", columnOf(digest))
          .executeTakeFirst()
        return row === undefined ? null : { digest, mediaType: row.media_type, bytes: row.bytes }
      }),
    putBlobs: async (blobs) => {
      const rows = blobs.map((blob) => ({
        digest: Buffer.from(digestBytes(blob.digest)),
        media_type: blob.mediaType,
        bytes: Buffer.from(blob.bytes),
      }))
      if (rows.length === 0) return
      await sessions.acrossTenants((db) =>
        db
          .insertInto("blob")
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      )
    },
    policySource: (tenant) => sessions.inTenant(tenant, (db) => readPolicy(db, tenant)),
    activatePolicy: (tenant, change) => sessions.inTenant(tenant, (db) => movePolicy(db, tenant, change)),
    governing: (tenant, change) => runGoverning(sessions, tenant, change),
    sequenced: async (tenant, position, limit, reach) => {
      await sessions.acrossTenants(sequenceAppends)
      return sessions.inTenant(tenant, (db) => readSequenced(db, tenant, position, limit, reach))
    },
    logEnd: async (tenant) => {
      await sessions.acrossTenants(sequenceAppends)
      return sessions.inTenant(tenant, (db) => readLogEnd(db, tenant))
    },
    erasePayloads: (tenant, what) => reachable(() => erasePayloadsOf(eraser, tenant, what)),
    directory,
    callbacks: postgresCallbacks(sessions),
    contractLocks: postgresContractLocks(sessions),
    now: async () => {
      const askedMs = clock.elapsedMs()
      const time = await sessions.acrossTenants(readNow)
      clock.observe(time, askedMs)
      return time
    },
    clock,
    freeLeases: () =>
      sessions.acrossTenants(async (db) => {
        await freeLeases(db)
        await freeCallbacks(db)
      }),
    cursorSecret: () =>
      sessions.acrossTenants(
        async (db) =>
          (await db.selectFrom("installation").select("cursor_secret").executeTakeFirstOrThrow())
            .cursor_secret,
      ),
    restoredAt: () =>
      sessions.acrossTenants(async (db) => {
        const row = await db.selectFrom("installation").select("restored_at").executeTakeFirst()
        return row === undefined || row.restored_at === null ? null : timeOf(row.restored_at)
      }),
    servesCalls: (tenant) => servesCalls(sessions, tenant),
    gauges: () => sessions.acrossTenants(readGauges),
    close: async () => {
      await committer.drained()
      await closeAll()
    },
  }
}

/** The same lane, which reports its commits. */
const heardLane = (
  lane: Lane<Append, Settled>,
  committed: (entries: number) => void,
): Lane<Append, Settled> => ({
  together: async (batch) => {
    const answers = await lane.together(batch)
    committed(
      batch.reduce((sum, { entries }, i) => sum + (answers[i]?.kind === "answered" ? entries.length : 0), 0),
    )
    return answers
  },
})

const keyOfAppend = ({ executionId }: Append): string => executionId
const weightOf = ({ entries }: Append): number =>
  entries.reduce((sum, entry) => sum + entry.headBytes.length + (entry.payloadBytes?.length ?? 0), 0)

async function readNow(db: Kysely<Schema>): Promise<ReturnType<typeof timeOf>> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(db)
  const [row] = rows
  invariant(row !== undefined, "INV-08", { now: "no row" })
  return timeOf(row.now)
}
