// What all parts of the directory work with: sessions of the database, and what a write changed.
// Owns: those. Does not own: any query.

import type { TenantId } from "@counterfoil/contracts"
import type { Kysely } from "kysely"
import type { Schema } from "../database/schema.ts"

/** How the directory reaches the database: a session of one tenant, or one that sees all. */
export interface DirectoryAccess {
  inTenant<T>(tenant: TenantId, run: (db: Kysely<Schema>) => Promise<T>): Promise<T>
  acrossTenants<T>(run: (db: Kysely<Schema>) => Promise<T>): Promise<T>
}

/** Whether an update found its row. */
export const changed = async (done: Promise<{ readonly numUpdatedRows: bigint }>): Promise<boolean> =>
  (await done).numUpdatedRows > 0n

/** Whether a stored row has the given values in these fields; bytes and dates are compared by their JSON. */
export function sameFields<T extends object>(
  kept: T,
  given: { readonly [K in keyof T]?: unknown },
  fields: readonly (keyof T)[],
): boolean {
  return fields.every((field) => JSON.stringify(kept[field]) === JSON.stringify(given[field]))
}
