// Connections: which role they act as, which tenant they see, how long they may take.
// Owns: the settings of every session. Does not own: queries, nor whether a session is kept (kept-sessions.ts).
// A session acts as one of the product's roles even when the login could do more, so a single DATABASE_URL keeps INV-07.

import { hostname } from "node:os"
import { Kysely, PostgresAdapter, PostgresDialect, sql } from "kysely"
import { Client, Pool, type ClientBase, type ClientConfig, type QueryConfig } from "pg"

/** Kysely's number for it (dialect/postgres/postgres-adapter.js), so that a process of an older version waits as well. */
const migrationLock = 3_853_314_791_062_309_107n

class LimitedAdapter extends PostgresAdapter {
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select pg_advisory_lock(${sql.lit(migrationLock)})`.execute(db)
  }
}

/** PostgreSQL, whose migrations wait no longer for each other than for any other lock. Kysely's own adapter waits for an hour. */
class LimitedDialect extends PostgresDialect {
  override createAdapter(): PostgresAdapter {
    return new LimitedAdapter()
  }
}

/** The product's roles that a session can act as. */
export type StoreRole = "counterfoil_service" | "counterfoil_eraser"

/** Whose session it is, and what it may see. */
interface SessionOptions {
  readonly url: string
  /** Null acts as the login itself: the owner, for migrations. */
  readonly role: StoreRole | null
  /** Tenant that the session sees from its start: one, none (""), or all ("*"). */
  readonly tenant: string
  /** After this long without an answer the connection counts as lost. */
  readonly answerWithinMs?: number
  /** How long its statements wait for a lock. */
  readonly lockWaitMs?: number
}

// Far longer than any statement of the product; a lost client must not hold a row for longer than a lease.
const statementTimeoutMs = 20_000
/** How long a service's statement waits for a lock. */
const lockTimeoutMs = 10_000
/** How long a start, a migration or a restore waits for a lock: each may have to wait for another one that is running. */
export const ownerLockTimeoutMs = 30_000
const idleInTransactionTimeoutMs = 20_000
const connectTimeoutMs = 5_000
/** PostgreSQL cuts a longer name off. */
const applicationNameBytesMax = 63

/** Identifies this machine and process in the server's list of sessions. */
const applicationName = `counterfoil ${process.pid} ${hostname().replaceAll(/[^A-Za-z0-9.-]/g, "_")}`.slice(
  0,
  applicationNameBytesMax,
)

function clientConfig({ url, answerWithinMs }: SessionOptions): ClientConfig {
  return {
    connectionString: url,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    ...(answerWithinMs === undefined ? {} : { query_timeout: answerWithinMs }),
  }
}

function settingsOf({
  role,
  tenant,
  lockWaitMs,
}: SessionOptions): readonly (readonly [name: string, value: string])[] {
  const common = [
    ["counterfoil.tenant", tenant],
    ["timezone", "UTC"],
  ] as const
  if (role === null) return [...common, ["lock_timeout", String(lockWaitMs ?? ownerLockTimeoutMs)]]
  return [
    ...common,
    // Each query of the product has an index that also sorts; the statistics of a small table would favour a scan.
    ["enable_seqscan", "off"],
    ["enable_bitmapscan", "off"],
    ["max_parallel_workers_per_gather", "0"],
    ["statement_timeout", String(statementTimeoutMs)],
    ["lock_timeout", String(lockWaitMs ?? lockTimeoutMs)],
    ["idle_in_transaction_session_timeout", String(idleInTransactionTimeoutMs)],
    ["role", role],
  ]
}

/**
 * Sets a session's role and what it may see, in one statement before its first use. Not when it connects: a pooler that keeps
 * sessions does not pass on the settings that a client sends there.
 */
async function tell(client: ClientBase, options: SessionOptions): Promise<void> {
  const settings = settingsOf(options)
  const told = settings.map((_, i) => `set_config($${2 * i + 1}, $${2 * i + 2}, false)`)
  // A pooler without a free session makes the first statement wait, not the connection.
  await client.query(within(connectTimeoutMs, `select ${told.join(", ")}`, settings.flat()))
}

/** A statement that is answered within this many milliseconds, or fails with `Query read timeout`. */
export function within(ms: number, text: string, values: string[] = []): QueryConfig<string[]> {
  // The types of pg leave out that a single statement takes a limit as well.
  const bounded = { text, values, query_timeout: ms }
  return bounded
}

/** A pool behind Kysely. An idle connection that breaks is replaced at the next use. */
export function openKysely<T>(options: SessionOptions & { readonly connectionsMax: number }): Kysely<T> {
  const pool = new Pool({
    ...clientConfig(options),
    max: options.connectionsMax,
    // oxlint-disable-next-line typescript/no-misused-promises -- the pool waits for it (pg-pool 3.14, index.js), which its types leave out
    onConnect: (client) => tell(client, options),
  })
  // Without a listener, a connection that breaks would end the process. Its user gets an error anyway.
  pool.on("error", () => undefined)
  pool.on("connect", (client) => client.on("error", () => undefined))
  return new Kysely<T>({ dialect: new LimitedDialect({ pool }) })
}

/** One connection outside any pool, with its session's settings. If it breaks while idle, its next statement fails. */
export async function openClient(options: SessionOptions): Promise<Client> {
  const client = await connect(clientConfig(options))
  try {
    await tell(client, options)
    return client
  } catch (error) {
    // The first error is the one to report.
    await client.end().catch(() => undefined)
    throw error
  }
}

/** One connection whose session keeps its defaults: its login's role and the server's own settings. */
export const openUntold = (url: string): Promise<Client> =>
  connect(clientConfig({ url, role: null, tenant: "" }))

async function connect(config: ClientConfig): Promise<Client> {
  const client = new Client(config)
  client.on("error", () => undefined)
  try {
    await client.connect()
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}
