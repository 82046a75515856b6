// Connections: which role they act as, which tenant they see, how long they may take.
// Owns: the settings of every session. Does not own: queries.
// A session acts as a role of ours even when the login could do more, so a single DATABASE_URL keeps INV-07.

import { Kysely, PostgresDialect } from "kysely"
import { Client, Pool } from "pg"
import type { ClientConfig } from "pg"

/** Roles of ours that a session can act as. */
export type StoreRole = "counterfoil_service" | "counterfoil_eraser"

/** Whose session it is, and what it may see. */
export interface SessionOptions {
  readonly url: string
  /** Null acts as whoever logs in: the owner, for migrations. */
  readonly role: StoreRole | null
  /** Tenant that the session sees from its start: one, none (""), or all ("*"). */
  readonly tenant: string
  /** After this long without an answer the connection counts as lost. */
  readonly answerWithinMs?: number
}

// Longer than any statement of ours by far; a lost client must not hold a row for longer than a lease.
const statementTimeoutMs = 20_000
const lockTimeoutMs = 10_000
const idleInTransactionTimeoutMs = 20_000
const connectTimeoutMs = 5_000

/** Settings of a session as pg takes them. */
function sessionConfig({ url, role, tenant, answerWithinMs }: SessionOptions): ClientConfig {
  const settings = [
    `counterfoil.tenant=${tenant}`,
    "timezone=UTC",
    ...(role === null
      ? []
      : [
          `role=${role}`,
          // Every query of ours has an index that also sorts; a young table's statistics would say otherwise.
          "enable_seqscan=off",
          "enable_bitmapscan=off",
          "max_parallel_workers_per_gather=0",
          `statement_timeout=${statementTimeoutMs}`,
          `lock_timeout=${lockTimeoutMs}`,
          `idle_in_transaction_session_timeout=${idleInTransactionTimeoutMs}`,
        ]),
  ]
  return {
    connectionString: url,
    options: settings.map((setting) => `-c ${setting}`).join(" "),
    connectionTimeoutMillis: connectTimeoutMs,
    keepAlive: true,
    ...(answerWithinMs === undefined ? {} : { query_timeout: answerWithinMs }),
  }
}

/** A pool behind Kysely. An idle connection that breaks is replaced at the next use. */
export function openKysely<T>(options: SessionOptions & { readonly connectionsMax: number }): Kysely<T> {
  const pool = new Pool({ ...sessionConfig(options), max: options.connectionsMax })
  // Without listeners a connection that breaks, idle or in use, would end the process; its user learns it anyway.
  pool.on("error", () => undefined)
  pool.on("connect", (client) => client.on("error", () => undefined))
  return new Kysely<T>({ dialect: new PostgresDialect({ pool }) })
}

/** One connection outside any pool, not yet connected. */
export function newClient(options: SessionOptions): Client {
  return new Client(sessionConfig(options))
}
