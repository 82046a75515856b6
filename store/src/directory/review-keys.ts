// Keys that people sign reviews with.
// Owns: their queries. Does not own: signatures.
// Keeps INV-04 (unknown is null) and INV-10 (each query names its tenant).

import type { HumanId, TenantId } from "@counterfoil/contracts"
import { reviewKeyIdOf } from "@counterfoil/contracts/digest"
import type { Directory, ReviewKeyRow } from "@counterfoil/contracts/ports"
import { sql, type Selectable } from "kysely"
import type { ReviewKeyTable } from "../database/schema.ts"
import { timeOf } from "../database/digest-columns.ts"
import { changed, sameFields, type DirectoryAccess } from "./directory-access.ts"

/** Reading, enrolling and revoking review keys. */
export const reviewKeyQueries = (
  access: DirectoryAccess,
): Pick<Directory, "reviewKey" | "reviewKeys" | "enrolReviewKey" | "revokeReviewKey"> => ({
  reviewKey: (tenant, keyId) =>
    access.inTenant(tenant, async (db) => {
      const keys = db.selectFrom("review_key").selectAll().where("tenant", "=", tenant)
      const row = await keys.where("key_id", "=", keyId).executeTakeFirst()
      return row === undefined ? null : (reviewKeysOf([row])[0] ?? null)
    }),
  reviewKeys: (tenant) =>
    access.inTenant(tenant, async (db) =>
      reviewKeysOf(
        await db
          .selectFrom("review_key")
          .selectAll()
          .where("tenant", "=", tenant)
          .orderBy("key_id")
          .execute(),
      ),
    ),
  enrolReviewKey: (row) => {
    const values = {
      tenant: row.tenant,
      key_id: row.keyId,
      human: row.human,
      spki: row.spki,
      enrolled_at: new Date(row.enrolledAt),
      revoked_at: row.revokedAt === null ? null : new Date(row.revokedAt),
    }
    if (reviewKeyIdOf(row.spki) !== row.keyId) return Promise.resolve(false)
    return access.inTenant(row.tenant, async (db) => {
      await db
        .insertInto("review_key")
        .values(values)
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      const kept = await db
        .selectFrom("review_key")
        .selectAll()
        .where("tenant", "=", row.tenant)
        .where("key_id", "=", row.keyId)
        .executeTakeFirst()
      return kept !== undefined && sameFields(kept, values, ["human", "spki", "enrolled_at"])
    })
  },
  revokeReviewKey: (tenant, keyId, at) =>
    access.inTenant(tenant, (db) =>
      changed(
        db
          .updateTable("review_key")
          .set({ revoked_at: sql<Date>`coalesce(revoked_at, ${at}::timestamptz)` })
          .where("tenant", "=", tenant)
          .where("key_id", "=", keyId)
          .executeTakeFirst(),
      ),
    ),
})

/** The keys of these rows. A row whose id does not match its public part was not written by the product; it is left out. */
export function reviewKeysOf(rows: readonly Selectable<ReviewKeyTable>[]): readonly ReviewKeyRow[] {
  return rows
    .filter((row) => reviewKeyIdOf(row.spki) === row.key_id)
    .map((row) => ({
      keyId: row.key_id,
      tenant: row.tenant as TenantId,
      human: row.human as HumanId,
      spki: row.spki,
      enrolledAt: timeOf(row.enrolled_at),
      revokedAt: row.revoked_at === null ? null : timeOf(row.revoked_at),
    }))
}
