// Making, listing and revoking tokens.
// Owns: who gets a token for whom. Does not own: the token's bytes (token.ts), nor what a token may do (policy).
// Keeps INV-06 for tokens: no one can raise their own assurance, and no one makes a token for a person who has had one.

import { z } from "zod"
import {
  Assurance,
  HumanId,
  PrincipalId,
  SessionId,
  Time,
  TokenOrigin,
  addMs,
  assuranceCovers,
  err,
  msOfTime,
  nameFault,
  ok,
  refuse,
  text,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, TokenRow } from "@counterfoil/contracts/ports"
import type { Caller } from "../caller.ts"
import {
  administrates,
  identityOperation,
  missingGrant,
  type IdentityOperation,
} from "./identity-operation.ts"
import { hadToken } from "./made-by-others.ts"
import { isOwner, mayMintFor } from "./may-mint.ts"
import { mintToken } from "./token.ts"

/** The longest lifetime of a token, in days: a year, chosen so that a forgotten one ends. */
export const tokenDaysMax = 365
/** The label that people give a token. */
export const tokenLabel = text(80, 1).refine(
  (label) => nameFault(label) === null,
  "A label is a plain name of one script.",
)
const dayMs = 24 * 60 * 60 * 1000
const mintedIdBytes = 10

const tokenFields = {
  session: SessionId,
  principal: PrincipalId,
  label: z.string(),
  assurance: Assurance,
  createdAt: Time,
  expiresAt: Time,
  mintedBy: HumanId.optional(),
  origin: TokenOrigin.optional(),
}

const createToken = identityOperation({
  name: "token.create",
  method: "POST",
  path: "/tokens",
  who: "anyone",
  says: "A person makes a token for themselves; an owner or administrator makes one for a service or agent, and for another person who has never had one their first, with which they sign in and make their own. The answer is the only time it is shown.",
  input: z.strictObject({
    principal: PrincipalId.optional(),
    label: tokenLabel,
    days: z.int().min(1).max(tokenDaysMax),
    assurance: Assurance.exclude(["key"]).optional(),
  }),
  output: z.strictObject({ token: z.string(), ...tokenFields }),
  act: async ({ directory, clock, random }, { caller }, input) => {
    const principal = await directory.principal(caller.tenant, input.principal ?? caller.principal)
    if (!mayMintFor(caller, principal, input.principal ?? caller.principal)) return err(missingGrant(caller))
    if (principal === null || !principal.enabled) return err(refuse("NOT_FOUND", { type: "Principal" }))
    if (principal.id !== caller.principal && principal.kind === "human") {
      // The first token has to come from another person; after it, a person with a second token could review as two.
      if (await hadToken(directory, principal))
        return err(refuse("SEPARATION_OF_DUTIES", { role: "requester" }))
    }
    const assurance = input.assurance ?? "session"
    if (!assuranceCovers(caller.assurance, assurance)) return err(refuse("ASSURANCE_TOO_LOW", { assurance }))
    const createdAt = clock.now()
    const { token, hash } = mintToken(random)
    const row: TokenRow = {
      hash,
      session: mintId("ses", msOfTime(createdAt), random.bytes(mintedIdBytes)),
      tenant: caller.tenant,
      principal: principal.id,
      label: input.label,
      assurance,
      createdAt,
      expiresAt: addMs(createdAt, input.days * dayMs),
      revokedAt: null,
      mintedBy: HumanId.parse(caller.principal),
      origin: originOf(caller, principal.id),
      use: "session",
      refusedAt: null,
    }
    await directory.addToken(row)
    return ok({ token, ...shown(row) })
  },
})

const listTokens = identityOperation({
  name: "token.list",
  method: "GET",
  path: "/tokens",
  who: "anyone",
  says: "One's own tokens and sign-ins; owners and administrators see all of the tenant: where each came from, and when a sign-in that was used or had ended was presented again. Never the secret itself.",
  input: z.strictObject({}),
  output: z.strictObject({
    items: z.array(
      z.strictObject({
        ...tokenFields,
        use: z.enum(["session", "signIn"]),
        revokedAt: Time.optional(),
        refusedAt: Time.optional(),
      }),
    ),
  }),
  act: async ({ directory }, { caller }) => {
    const rows = (await directory.tokens(caller.tenant)).filter((row) =>
      isOwnOrAdministered(caller, row.principal),
    )
    return ok({
      items: rows.map((row) => ({
        ...shown(row),
        use: row.use,
        ...(row.revokedAt === null ? {} : { revokedAt: row.revokedAt }),
        ...(row.refusedAt === null ? {} : { refusedAt: row.refusedAt }),
      })),
    })
  },
})

const revokeToken = identityOperation({
  name: "token.revoke",
  method: "POST",
  path: "/tokens/:session/revoke",
  who: "anyone",
  says: "Ends one's own token; owners and administrators end any of the tenant, but an owner's only an owner does. It counts from the next request, and open streams end within 5 s.",
  input: z.strictObject({ session: SessionId }),
  output: z.strictObject({ session: SessionId, revokedAt: Time }),
  act: async ({ directory, clock }, { caller }, { session }) => {
    const row = (await directory.tokens(caller.tenant)).find((token) => token.session === session)
    // Another principal's token and a missing token give the same answer.
    if (row === undefined || !isOwnOrAdministered(caller, row.principal))
      return err(refuse("NOT_FOUND", { type: "Token" }))
    if (!(await mayEndOf(directory, caller, row.principal))) return err(missingGrant(caller))
    const revokedAt = row.revokedAt ?? clock.now()
    await directory.revokeToken(caller.tenant, session, revokedAt)
    return ok({ session, revokedAt })
  },
})

/** The operations on tokens. */
export const tokenOperations: readonly IdentityOperation[] = [createToken, listTokens, revokeToken]

/**
 * The origin of a new token. A token for another person comes from the caller, who knows its secret: if that person becomes an owner
 * or administrator, the caller is judged (INV-04). Every other token has the origin of the caller's token; where that has none, a
 * token for another principal comes from the caller.
 */
function originOf(caller: Caller, holder: PrincipalId): TokenOrigin | null {
  const { mintedBy, origin, principal } = caller
  const fromCaller: TokenOrigin = { from: "person", by: HumanId.parse(principal) }
  if (holder !== principal && HumanId.safeParse(holder).success) return fromCaller
  if (origin?.from === "person") return origin
  if (holder !== principal) return fromCaller
  // From before origins were kept.
  if (origin === null && mintedBy !== null && String(mintedBy) !== String(principal))
    return { from: "person", by: mintedBy }
  return origin
}

/** True for what is the caller's own, and for everything of the tenant when the caller administrates it. */
export const isOwnOrAdministered = (caller: Caller, owner: PrincipalId | HumanId): boolean =>
  owner === caller.principal || administrates(caller)

/** Whether the caller may end a proof of this holder: those of an owner only that person and owners, so that no administrator shuts owners out. */
export async function mayEndOf(
  directory: Pick<Directory, "principal">,
  caller: Caller,
  holder: PrincipalId | HumanId,
): Promise<boolean> {
  if (holder === caller.principal || isOwner(caller)) return true
  const held = await directory.principal(caller.tenant, PrincipalId.parse(holder))
  return held === null || !isOwner(held)
}

const shown = ({
  session,
  principal,
  label,
  assurance,
  createdAt,
  expiresAt,
  mintedBy,
  origin,
}: TokenRow) => ({
  session,
  principal,
  label,
  assurance,
  createdAt,
  expiresAt,
  ...(mintedBy === null ? {} : { mintedBy }),
  ...(origin === null ? {} : { origin }),
})
