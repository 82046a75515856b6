// The passwords of the embedded database's roles.
// Owns: making them once, keeping them in a file of mode 0600, the connection strings made from them.
// Does not own: the roles themselves. Keeps INV-13: no password is logged or put on a command line.

import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"

/** Roles that log in to the embedded database. The first one is PostgreSQL's superuser and used by the launcher only. */
export const embeddedRoles = [
  "postgres",
  "counterfoil_owner",
  "counterfoil_service",
  "counterfoil_eraser",
] as const

/** One of `embeddedRoles`. */
type EmbeddedRole = (typeof embeddedRoles)[number]

/** Password by role; letters, digits, `-` and `_` only, so that they need no quoting anywhere. */
export type Credentials = Readonly<Record<EmbeddedRole, string>>

/** Name of the one database in an embedded cluster. */
export const embeddedDatabase = "counterfoil"

/** Reads the credentials at `path`, or makes and keeps new ones there. */
export function readOrMakeCredentials(path: string): Credentials {
  if (existsSync(path)) return JSON.parse(readFileSync(path, "utf8")) as Credentials
  const made: Credentials = {
    postgres: password(),
    counterfoil_owner: password(),
    counterfoil_service: password(),
    counterfoil_eraser: password(),
  }
  // Renamed into place: a crash leaves all passwords or none.
  writeFileSync(`${path}.draft`, JSON.stringify(made), { mode: 0o600 })
  renameSync(`${path}.draft`, path)
  return made
}

/** Connection string of one role on the loopback interface. It carries the password: never log it. */
export function connectionUrl(
  role: EmbeddedRole,
  credentials: Credentials,
  port: number,
  database: string,
): string {
  return `postgres://${role}:${credentials[role]}@127.0.0.1:${port}/${database}`
}

function password(): string {
  return randomBytes(24).toString("base64url")
}
