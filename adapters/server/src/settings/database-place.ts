// The database of the variables DATABASE_URL, DATABASE_OWNER_URL and DATABASE_ERASER_URL.
// Owns: reading and checking them. Does not own: the embedded database, which is used when DATABASE_URL is not set.
// Keeps INV-13: an address contains a password, so an error about an address does not quote it.

import { SettingsError } from "./data-folder.ts"

/** Connection strings of one database, for the three logins; they may be the same login where that is allowed. */
export interface DatabasePlace {
  readonly url: string
  /** For migrations; null when this process does not run them. */
  readonly ownerUrl: string | null
  readonly eraserUrl: string
  /** The folder of its files, when they are on this machine. */
  readonly folder: string | null
}

const example = "as postgres://user:password@host:5432/counterfoil"

/** The database of the variables; null where DATABASE_URL is not set. Throws `SettingsError` for a value that is not an address. */
export function namedDatabase(
  env: NodeJS.ProcessEnv,
): (DatabasePlace & { readonly ownerUrl: string }) | null {
  const url = env["DATABASE_URL"]
  if (url === undefined) return null
  if (url.trim() === "")
    throw new SettingsError(
      `DATABASE_URL names no database. It is set and empty: set it, ${example}; \`counterfoil start\` without the variable starts a database of its own.`,
    )
  return {
    url: address("DATABASE_URL", url),
    // An empty value counts as unset, as in a file of variables that was not filled in: the first login is then used for all.
    ownerUrl: address("DATABASE_OWNER_URL", env["DATABASE_OWNER_URL"] || url),
    eraserUrl: address("DATABASE_ERASER_URL", env["DATABASE_ERASER_URL"] || url),
    folder: null,
  }
}

/** The database of the variables, which are required. Throws `SettingsError`. */
export function databasePlace(env: NodeJS.ProcessEnv): DatabasePlace & { readonly ownerUrl: string } {
  const named = namedDatabase(env)
  if (named === null)
    throw new SettingsError(
      `DATABASE_URL names no database. Set it, ${example}, or use \`counterfoil start\`.`,
    )
  return named
}

/** An address, or one of the two forms of a socket that the client library accepts: `socket:/path` and `/path database`. */
function address(variable: string, text: string): string {
  if (/^(postgres(ql)?:\/\/|socket:|\/)/.test(text)) return text
  throw new SettingsError(`${variable} is not the address of a PostgreSQL database. Set it, ${example}.`)
}
