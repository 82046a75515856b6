// Checks a database before it is used, and refuses one that would break a guarantee.
// Owns: the checks and their sentences. Does not own: migrations.
// Keeps INV-07 (the service cannot change proof) and INV-14 (a commit that was answered survives a crash).

import { sql, type Kysely } from "kysely"
import type { Schema } from "./schema.ts"
import { StoreRefused } from "./store-refused.ts"

const oldestMajor = 15
const durableCommit = ["on", "remote_apply"]
const proofTables = ["entry", "payload", "append", "blob", "inbox"] as const

/** Errors: `StoreRefused` `serverTooOld`, `readOnlyServer`, `notDurable`, `wrongEncoding`. */
export async function checkServer(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql<
    Record<"version" | "fsync" | "commit" | "pages" | "encoding" | "standby", string>
  >`
    select current_setting('server_version_num') as version, current_setting('fsync') as fsync,
      current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages,
      current_setting('server_encoding') as encoding, pg_is_in_recovery()::text as standby
  `.execute(db)
  const [server] = rows
  if (server === undefined) return
  const major = Math.floor(Number(server.version) / 10_000)
  if (major < oldestMajor) {
    throw new StoreRefused(
      "serverTooOld",
      `PostgreSQL ${oldestMajor} or newer is needed; this server is ${major}.`,
    )
  }
  if (server.standby === "true")
    throw new StoreRefused("readOnlyServer", "This server is a standby; connect to the primary.")
  if (server.fsync !== "on" || server.pages !== "on" || !durableCommit.includes(server.commit)) {
    throw new StoreRefused(
      "notDurable",
      `Commits on this server may be lost: fsync=${server.fsync}, full_page_writes=${server.pages}, ` +
        `synchronous_commit=${server.commit}. All must be on.`,
    )
  }
  if (server.encoding !== "UTF8") {
    throw new StoreRefused("wrongEncoding", `The database's encoding is ${server.encoding}; UTF8 is needed.`)
  }
}

/**
 * Refuses a session that could change proof.
 * In production also a login that owns the tables: such a login could give itself any right back.
 */
export async function checkPrivileges(db: Kysely<Schema>, inProduction: boolean): Promise<void> {
  const { rows } = await sql<{ name: string; wide: boolean; owned: boolean }>`
    select name,
      has_table_privilege(c.oid, 'UPDATE') or has_table_privilege(c.oid, 'DELETE') or has_table_privilege(c.oid, 'TRUNCATE') as wide,
      pg_has_role(session_user, c.relowner, 'MEMBER') as owned
    from unnest(${sql.val(proofTables)}::text[]) as name join pg_class c on c.oid = to_regclass('public.' || name)
  `.execute(db)
  const wide = rows.filter((row) => row.wide || (inProduction && row.owned)).map((row) => row.name)
  if (wide.length > 0) {
    throw new StoreRefused(
      "privilegesTooWide",
      `This login may change or owns ${wide.join(", ")}; connect as the service role.`,
    )
  }
}

/** Remembers the environment at the first call, and refuses another one ever after. Errors: `StoreRefused` `wrongEnvironment`. */
export async function checkEnvironment(db: Kysely<Schema>, environment: string): Promise<void> {
  await db
    .insertInto("installation")
    .values({ environment })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const row = await db.selectFrom("installation").select("environment").executeTakeFirst()
  if (row?.environment === environment) return
  throw new StoreRefused(
    "wrongEnvironment",
    `This database belongs to the environment ${row?.environment ?? "none"}, not to ${environment}.`,
  )
}
