// The keys that people sign reviews with: enrolling, listing, revoking.
// Owns: which key may be enrolled, and by whom. Does not own: checking a signature (policy and the gate).
// Keeps INV-06: only the person whose key it is enrols it. The proof of that person is a session, the strongest that this
// release has; a step-up before enrolling belongs to a sign-in that can require one.

import { createPublicKey } from "node:crypto"
import { z } from "zod"
import {
  ContractRef,
  HumanId,
  Time,
  err,
  ok,
  refuse,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import { hex, sha256 } from "@counterfoil/contracts/digest"
import type { ReviewKeyRow } from "@counterfoil/contracts/ports"
import { identityOperation, missingGrant, type IdentityOperation } from "./identity-operation.ts"
import { isOwnOrAdministered, mayEndOf } from "./token-operations.ts"

const KeyId = z.string().regex(/^[0-9a-f]{64}$/)
const keyFields = { keyId: KeyId, human: HumanId, spki: z.string(), enrolledAt: Time }
/** The SPKI of an ed25519 key is 44 bytes (RFC 8410 §4), so 60 characters of base64 with one of padding. */
const Spki = z
  .string()
  .length(60)
  .regex(/^[A-Za-z0-9+/]{59}=$/)

const noKey: Result<never, Refusal> = err(
  refuse(
    "INPUT_INVALID",
    { contract: ContractRef.parse("identity.reviewKey.enrol@1"), count: 1 },
    {
      issues: [{ at: "/spki", code: "value", message: "Not an ed25519 key that can be enrolled for you." }],
    },
  ),
)

const enrolReviewKey = identityOperation({
  name: "reviewKey.enrol",
  method: "POST",
  path: "/review-keys",
  who: "humans",
  says: "A person enrols the public half of their own ed25519 key (SPKI, base64). It counts from now on.",
  input: z.strictObject({ spki: Spki }),
  output: z.strictObject(keyFields),
  act: async ({ directory, clock }, { caller }, { spki }) => {
    const human = HumanId.safeParse(caller.principal)
    if (!human.success) return err(missingGrant(caller))
    const bytes = Buffer.from(spki, "base64")
    if (bytes.toString("base64") !== spki || !isEd25519(bytes)) return noKey
    const keyId = hex(sha256(bytes))
    const row: ReviewKeyRow = {
      keyId,
      tenant: caller.tenant,
      human: human.data,
      spki,
      enrolledAt: clock.now(),
      revokedAt: null,
    }
    const known = await directory.reviewKey(caller.tenant, keyId)
    if (known === null) await directory.enrolReviewKey(row)
    // A key belongs to one person, and a revoked one never comes back.
    const kept = await directory.reviewKey(caller.tenant, keyId)
    if (kept === null || kept.human !== row.human || kept.revokedAt !== null) return noKey
    return ok(shown(kept))
  },
})

const listReviewKeys = identityOperation({
  name: "reviewKey.list",
  method: "GET",
  path: "/review-keys",
  who: "humans",
  says: "One's own keys; owners and administrators see all of the tenant.",
  input: z.strictObject({}),
  output: z.strictObject({ items: z.array(z.strictObject({ ...keyFields, revokedAt: Time.optional() })) }),
  act: async ({ directory }, { caller }) => {
    const rows = (await directory.reviewKeys(caller.tenant)).filter((row) =>
      isOwnOrAdministered(caller, row.human),
    )
    return ok({
      items: rows.map((row) => ({
        ...shown(row),
        ...(row.revokedAt === null ? {} : { revokedAt: row.revokedAt }),
      })),
    })
  },
})

const revokeReviewKey = identityOperation({
  name: "reviewKey.revoke",
  method: "POST",
  path: "/review-keys/:keyId/revoke",
  who: "humans",
  says: "Ends one's own key; owners and administrators end any of the tenant, but an owner's only an owner does. Reviews signed before stay valid.",
  input: z.strictObject({ keyId: KeyId }),
  output: z.strictObject({ keyId: KeyId, revokedAt: Time }),
  act: async ({ directory, clock }, { caller }, { keyId }) => {
    const row = await directory.reviewKey(caller.tenant, keyId)
    if (row === null || !isOwnOrAdministered(caller, row.human))
      return err(refuse("NOT_FOUND", { type: "Review key" }))
    if (!(await mayEndOf(directory, caller, row.human))) return err(missingGrant(caller))
    const revokedAt = row.revokedAt ?? clock.now()
    await directory.revokeReviewKey(caller.tenant, keyId, revokedAt)
    return ok({ keyId, revokedAt })
  },
})

/** The operations on review keys. */
export const reviewKeyOperations: readonly IdentityOperation[] = [
  enrolReviewKey,
  listReviewKeys,
  revokeReviewKey,
]

function isEd25519(spki: Buffer): boolean {
  try {
    return createPublicKey({ key: spki, format: "der", type: "spki" }).asymmetricKeyType === "ed25519"
  } catch {
    return false // Bytes that are not a key throw an OpenSSL error; the caller gets this API's own error.
  }
}

const shown = ({ keyId, human, spki, enrolledAt }: ReviewKeyRow) => ({ keyId, human, spki, enrolledAt })
