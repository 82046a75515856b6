// Brings a database to the schema of this version.
// Owns: the list of migrations and the refusal of an unknown schema. Does not own: their content.

import { sql, type Kysely, type QueryExecutorProvider } from "kysely"
import { Migrator, type Migration } from "kysely/migration"
import { openClient, openKysely, ownerLockTimeoutMs } from "./connect.ts"
import { refuseUnkeptSessions } from "./kept-sessions.ts"
import { askedOn, isLockNotAvailable, lockHolders, saidOf } from "./lock-holders.ts"
import * as initial from "./migrations/0001-initial.ts"
import * as bus from "./migrations/0002-bus.ts"
import * as gauges from "./migrations/0003-gauges.ts"
import * as cursorSecret from "./migrations/0004-cursor-secret.ts"
import * as passedOn from "./migrations/0005-passed-on.ts"
import * as restoredAt from "./migrations/0006-restored-at.ts"
import * as openRequests from "./migrations/0007-open-requests.ts"
import * as rejectedRequests from "./migrations/0008-rejected-requests.ts"
import * as payloadInRow from "./migrations/0009-payload-in-row.ts"
import * as callbacks from "./migrations/0010-callbacks.ts"
import * as contractLocks from "./migrations/0011-contract-locks.ts"
import * as governingChanges from "./migrations/0012-governing-changes.ts"
import * as custodians from "./migrations/0013-custodians.ts"
import * as quarantineRoom from "./migrations/0014-quarantine-room.ts"
import * as signIns from "./migrations/0015-sign-ins.ts"
import * as goesFirst from "./migrations/0016-goes-first.ts"
import type { Schema } from "./schema.ts"
import { StoreRefused } from "./store-refused.ts"

/** Every migration in the order in which they run; a released one is never edited. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-initial": { up: initial.up, down: initial.down },
  "0002-bus": { up: bus.up, down: bus.down },
  "0003-gauges": { up: gauges.up, down: gauges.down },
  "0004-cursor-secret": { up: cursorSecret.up, down: cursorSecret.down },
  "0005-passed-on": { up: passedOn.up, down: passedOn.down },
  "0006-restored-at": { up: restoredAt.up, down: restoredAt.down },
  "0007-open-requests": { up: openRequests.up, down: openRequests.down },
  "0008-rejected-requests": { up: rejectedRequests.up, down: rejectedRequests.down },
  "0009-payload-in-row": { up: payloadInRow.up, down: payloadInRow.down },
  "0010-callbacks": { up: callbacks.up, down: callbacks.down },
  "0011-contract-locks": { up: contractLocks.up, down: contractLocks.down },
  "0012-governing-changes": { up: governingChanges.up, down: governingChanges.down },
  "0013-custodians": { up: custodians.up, down: custodians.down },
  "0014-quarantine-room": { up: quarantineRoom.up, down: quarantineRoom.down },
  "0015-sign-ins": { up: signIns.up, down: signIns.down },
  "0016-goes-first": { up: goesFirst.up, down: goesFirst.down },
}

/**
 * Runs the missing migrations, as the owner of the schema; two runs at once wait for each other.
 * Returns the names of the migrations that ran now. Errors: `StoreRefused` `schemaTooNew`, `migrationFailed`, `lockHeld`,
 * `sessionsNotKept`.
 */
export async function migrate(ownerUrl: string, lockWaitMs = ownerLockTimeoutMs): Promise<readonly string[]> {
  await refuseUnkeptSessions(ownerUrl)
  const db = openKysely<unknown>({ url: ownerUrl, role: null, tenant: "*", connectionsMax: 1, lockWaitMs })
  try {
    await refuseNewer(db)
    const migrator = new Migrator({
      db,
      provider: { getMigrations: () => Promise.resolve({ ...migrations }) },
    })
    const { error, results } = await migrator.migrateToLatest()
    if (isLockNotAvailable(error)) throw await lockHeld(ownerUrl, lockWaitMs)
    if (error !== undefined) {
      const failed = results?.find((result) => result.status === "Error")?.migrationName ?? "none"
      throw new StoreRefused("migrationFailed", `Migration ${failed} failed: ${sentenceOf(error)}`)
    }
    return results?.map((result) => result.migrationName) ?? []
  } finally {
    await db.destroy()
  }
}

/** Refuses a database that a newer version migrated. Errors: `StoreRefused` `schemaTooNew`. */
async function refuseNewer(db: Kysely<unknown>): Promise<void> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (tables.some((table) => table.name === "kysely_migration")) refuseUnknown(await migrationsRun(db))
}

/**
 * Refuses a schema of another version. When the login may not read the list of migrations, the schema is from before that list
 * was readable. Errors: `StoreRefused` `schemaMissing`, `schemaTooNew`.
 */
export async function checkSchema(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<{ readable: boolean | null }>`
    select has_table_privilege(to_regclass('public.kysely_migration'), 'SELECT') as readable
  `.execute(db)
  const ran = rows[0]?.readable === true ? await migrationsRun(db) : []
  refuseUnknown(ran)
  const missing = Object.keys(migrations).filter((name) => !ran.includes(name))
  if (missing.length > 0)
    throw new StoreRefused(
      "schemaMissing",
      `The database is not at the schema of this version, ${missing.at(-1)}: run counterfoil migrate first.`,
    )
}

async function migrationsRun(db: QueryExecutorProvider): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db)
  return rows.map(({ name }) => name)
}

function refuseUnknown(ran: readonly string[]): void {
  const unknown = ran.filter((name) => !Object.hasOwn(migrations, name))
  if (unknown.length > 0)
    throw new StoreRefused(
      "schemaTooNew",
      `The database was migrated by a newer version (${unknown.join(", ")}).`,
    )
}

/** The sessions that block a migration: another migration, or a transaction on a table that it changes. */
async function lockHeld(ownerUrl: string, lockWaitMs: number): Promise<StoreRefused> {
  const client = await openClient({ url: ownerUrl, role: null, tenant: "" })
  try {
    return new StoreRefused(
      "lockHeld",
      `The migration waited ${lockWaitMs / 1000} s for a lock and gave up. Locks of this database are held by ` +
        `${saidOf(await lockHolders(askedOn(client), null))}. Wait for it, or end it, and migrate again.`,
    )
  } finally {
    await client.end()
  }
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
