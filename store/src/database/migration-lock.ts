// The lock under which migrations run, waited for within the session's own limit.
// Owns: that limit. Does not own: migrating. Kysely's own adapter waits for an hour, without a message.

import { PostgresAdapter, PostgresDialect, sql, type Kysely } from "kysely"

/** Kysely's number for it (dialect/postgres/postgres-adapter.js), so that a process of an older version waits as well. */
const migrationLock = 3_853_314_791_062_309_107n

class LimitedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_lock(${sql.lit(migrationLock)})`.execute(db)
  }
}

/** A PostgreSQL dialect whose migrations wait no longer for each other than for any other lock. */
export class LimitedDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new LimitedAdapter()
  }
}
