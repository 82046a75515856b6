// A PostgreSQL cluster on disk: made once, completely or not at all.
// Owns: initdb, the version check, the roles and the database inside. Does not own: the running server.
// A crash while making it leaves a draft folder that the next start throws away.

import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Client } from "pg"
import { giveTo, type PostgresHome } from "./account.ts"
import { connectionUrl, embeddedDatabase, embeddedRoles, type Credentials } from "./credentials.ts"
import { EmbeddedError } from "./embedded-error.ts"
import { embeddedMajor, nativeProgram } from "./native-folder.ts"

/**
 * Makes the cluster unless it exists.
 * Errors: `initFailed`; `dataFolderUnusable` when the existing one is of another major version or not readable.
 */
export function ensureCluster(home: PostgresHome, credentials: Credentials): void {
  if (existsSync(home.cluster)) return checkVersion(home.cluster)
  const draft = `${home.cluster}.draft`
  const passwordFile = `${home.cluster}.password`
  rmSync(draft, { recursive: true, force: true })
  mkdirSync(draft, { mode: 0o700 })
  giveTo(draft, home.account)
  try {
    writeFileSync(passwordFile, credentials.postgres, { mode: 0o600 })
    giveTo(passwordFile, home.account)
    runInitdb(home, draft, passwordFile)
  } finally {
    rmSync(passwordFile, { force: true })
  }
  renameSync(draft, home.cluster)
}

/** Environment of PostgreSQL's processes: no variable of this process, so no secret of it. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  const systemRoot = process.env["SystemRoot"]
  return {
    PATH: "/usr/bin:/bin",
    LC_ALL: "C",
    TZ: "UTC",
    ...(systemRoot === undefined ? {} : { SystemRoot: systemRoot }),
  }
}

/** Creates what is missing of the login roles and the database; the passwords become those of `credentials`. */
export async function ensureRolesAndDatabase(credentials: Credentials, port: number): Promise<void> {
  const client = new Client({ connectionString: connectionUrl("postgres", credentials, port, "postgres") })
  // If the server dies now, the next statement fails.
  client.on("error", () => undefined)
  await client.connect()
  try {
    const present = await client.query<{ name: string }>(
      "select rolname as name from pg_roles union all select 'database:' || datname from pg_database",
    )
    const names = new Set(present.rows.map((row) => row.name))
    const missing = embeddedRoles.filter((role) => !names.has(role))
    // DDL takes no parameters; role names are constants, passwords are base64url by construction.
    for (const role of missing) {
      await client.query(`create role ${role} login nosuperuser password '${credentials[role]}'`)
    }
    if (!names.has(`database:${embeddedDatabase}`)) {
      await client.query(`create database ${embeddedDatabase} owner counterfoil_owner`)
      await client.query(`revoke all on database ${embeddedDatabase} from public`)
    }
    await client.query(
      `grant connect on database ${embeddedDatabase} to counterfoil_service, counterfoil_eraser`,
    )
  } finally {
    await client.end()
  }
}

function checkVersion(cluster: string): void {
  let version: string
  try {
    version = readFileSync(join(cluster, "PG_VERSION"), "utf8").trim()
  } catch {
    throw new EmbeddedError(
      "dataFolderUnusable",
      `${cluster} is not readable for this account, or not a PostgreSQL folder.`,
    )
  }
  if (version === String(embeddedMajor)) return
  throw new EmbeddedError(
    "dataFolderUnusable",
    `${cluster} was written by PostgreSQL ${version}; this Counterfoil runs PostgreSQL ${embeddedMajor}.`,
  )
}

// C.UTF-8 of the builtin provider sorts by code point and stays the same on every machine and version.
function runInitdb(home: PostgresHome, draft: string, passwordFile: string): void {
  const result = spawnSync(
    nativeProgram(home.native, "initdb"),
    [
      "-D",
      draft,
      "-U",
      "postgres",
      "--pwfile",
      passwordFile,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--locale-provider=builtin",
      "--builtin-locale=C.UTF-8",
      "--data-checksums",
      "--no-instructions",
    ],
    { cwd: home.workingFolder, env: postgresEnvironment(), encoding: "utf8", ...home.account },
  )
  if (result.status === 0) return
  const because = result.error?.message ?? result.stderr.trim().split("\n").slice(-3).join(" ")
  throw new EmbeddedError("initFailed", `initdb failed: ${because}`)
}
