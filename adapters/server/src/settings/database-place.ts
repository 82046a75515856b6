// The database by its variables: DATABASE_URL, and DATABASE_OWNER_URL and DATABASE_ERASER_URL where they differ.
// Owns: reading them and what is no address. Does not own: the embedded database, which stands in when the first is not set.
// Keeps INV-13: an address holds a password, so what is wrong with one is said without it.

import { SettingsError } from "./data-folder.ts"

/** Connection strings of one database, for the three logins; they may be the same login where that is allowed. */
export interface DatabasePlace {
  readonly url: string
  /** For migrations; null when somebody else runs them. */
  readonly ownerUrl: string | null
  readonly eraserUrl: string
  /** Where its files are, when this machine keeps them. */
  readonly folder: string | null
}

const example = "as postgres://user:password@host:5432/counterfoil"

/** The database that the variables name; null where DATABASE_URL is not set at all. Throws `SettingsError` for what is no address. */
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
    // Empty is absent, as a file of variables leaves what was not filled in: the first login is then used for all.
    ownerUrl: address("DATABASE_OWNER_URL", env["DATABASE_OWNER_URL"] || url),
    eraserUrl: address("DATABASE_ERASER_URL", env["DATABASE_ERASER_URL"] || url),
    folder: null,
  }
}

/** The database that the variables have to name. Throws `SettingsError`. */
export function databasePlace(env: NodeJS.ProcessEnv): DatabasePlace & { readonly ownerUrl: string } {
  const named = namedDatabase(env)
  if (named === null)
    throw new SettingsError(
      `DATABASE_URL names no database. Set it, ${example}, or use \`counterfoil start\`.`,
    )
  return named
}

/** Also the two ways to name a socket that the client library knows: `socket:/path` and `/path database`. */
function address(variable: string, text: string): string {
  if (/^(postgres(ql)?:\/\/|socket:|\/)/.test(text)) return text
  throw new SettingsError(`${variable} is no address of a PostgreSQL database. Set it, ${example}.`)
}
