// One-time sign-ins: an administrator makes one for a person, and the person exchanges it once for a token of their own.
// Does not own: the secret's bytes (token.ts), nor that a sign-in opens no other route (http/door.ts).
// Keeps INV-06 as far as a first token can: the administrator never sees the token in use. If the administrator uses the sign-in
// in the person's place, the person's own exchange is refused, and a row records it.

import { z } from "zod"
import {
  HumanId,
  PrincipalId,
  SessionId,
  Time,
  addMs,
  err,
  msOfTime,
  ok,
  refuse,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Directory, TokenRow } from "@counterfoil/contracts/ports"
import { identityOperation, missingGrant, type IdentityOperation } from "./identity-operation.ts"
import { endWhatOthersMade, hasSignedIn, mayStillMintFor } from "./made-by-others.ts"
import { mayMintFor } from "./may-mint.ts"
import { tokenDaysMax, tokenLabel } from "./token-operations.ts"
import { mintSignIn, mintToken } from "./token.ts"

/** Where a sign-in is exchanged, below the prefix of routes. */
export const signInPath = "/sign-ins/exchange"

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
/** How long a sign-in can be used: the default and the maximum. */
const usualHours = 72
const hoursMax = 168
/** The default lifetime of the token that it is exchanged for. */
const usualDays = 90
const sessionIdBytes = 10
/** How long after a recorded refusal the next one is recorded. */
const refusedAgainMs = 60_000

const createSignIn = identityOperation({
  name: "signIn.create",
  method: "POST",
  path: "/sign-ins",
  who: "administrators",
  says: "A one-time sign-in for a person who has never signed in: a secret that the person exchanges once for a token of their own. It is shown only in this answer; a new one ends the one before.",
  input: z.strictObject({ principal: PrincipalId, hours: z.int().min(1).max(hoursMax).optional() }),
  output: z.strictObject({ signIn: z.string(), session: SessionId, principal: PrincipalId, expiresAt: Time }),
  act: async ({ directory, clock, random }, { caller }, { principal: wanted, hours = usualHours }) => {
    const principal = await directory.principal(caller.tenant, wanted)
    if (!mayMintFor(caller, principal, wanted)) return err(missingGrant(caller))
    if (principal === null || !principal.enabled || principal.kind !== "human")
      return err(refuse("NOT_FOUND", { type: "Principal" }))
    if (await hasSignedIn(directory, principal))
      return err(refuse("SEPARATION_OF_DUTIES", { role: "requester" }))
    const createdAt = clock.now()
    await endSignIns(directory, principal, createdAt)
    const { signIn, hash } = mintSignIn(random)
    const row: TokenRow = {
      hash,
      session: mintId("ses", msOfTime(createdAt), random.bytes(sessionIdBytes)),
      tenant: caller.tenant,
      principal: principal.id,
      label: "one-time sign-in",
      assurance: "session",
      createdAt,
      expiresAt: addMs(createdAt, hours * hourMs),
      revokedAt: null,
      mintedBy: HumanId.parse(caller.principal),
      origin: null,
      use: "signIn",
      refusedAt: null,
    }
    await directory.addToken(row)
    return ok({ signIn, session: row.session, principal: row.principal, expiresAt: row.expiresAt })
  },
})

const exchangeSignIn = identityOperation({
  name: "signIn.exchange",
  method: "POST",
  path: signInPath,
  who: "signIn",
  says: "The holder of a one-time sign-in, given as the bearer token, gets a token of their own for it. It works once, while its maker may still make one for that person; a second time is refused, and owners and administrators see that it was tried. It ends the tokens that others made for the person and the review keys from before, which the answer names.",
  input: z.strictObject({
    label: tokenLabel.optional(),
    days: z.int().min(1).max(tokenDaysMax).optional(),
  }),
  output: z.strictObject({
    token: z.string(),
    session: SessionId,
    principal: PrincipalId,
    label: z.string(),
    expiresAt: Time,
    revokedKeys: z.array(z.string()).optional(),
  }),
  // Before its turn, so that a holder who keeps presenting one delays no change of the tenant and seldom causes a write.
  early: async ({ directory, clock }, { caller: { tenant, session }, spent }) => {
    if (spent === undefined) return null
    const now = clock.now()
    if (spent.refusedAt === null || addMs(spent.refusedAt, refusedAgainMs) <= now)
      await directory.refuseSignIn(tenant, session, now)
    return refuse("SIGN_IN_SPENT", { at: spent.at })
  },
  act: async ({ directory, clock, random }, { caller }, { label = "signed in", days = usualDays }) => {
    const { tenant, principal, session } = caller
    const signIn = (await directory.tokens(tenant)).find((row) => row.session === session)
    const now = clock.now()
    if (signIn === undefined) return err(refuse("UNAUTHENTICATED", {}))
    if (signIn.revokedAt !== null || signIn.expiresAt <= now) {
      await directory.refuseSignIn(tenant, session, now)
      return err(refuse("SIGN_IN_SPENT", { at: signIn.revokedAt ?? signIn.expiresAt }))
    }
    await directory.revokeToken(tenant, session, now)
    // Checked now: its maker may have left since, or the person may have a role for which its maker may not make sign-ins.
    const holder = await directory.principal(tenant, principal)
    if (holder === null || !(await mayStillMintFor(directory, signIn.mintedBy, holder))) {
      await directory.refuseSignIn(tenant, session, now)
      return err(refuse("SIGN_IN_SPENT", { at: now }))
    }
    // From here on the person has only their own tokens and keys.
    const revokedKeys = await endWhatOthersMade(directory, { tenant, id: principal }, now)
    const { token, hash } = mintToken(random)
    const { mintedBy } = signIn
    const row: TokenRow = {
      hash,
      session: mintId("ses", msOfTime(now), random.bytes(sessionIdBytes)),
      tenant,
      principal,
      label,
      assurance: "session",
      createdAt: now,
      expiresAt: addMs(now, days * dayMs),
      revokedAt: null,
      mintedBy: HumanId.parse(principal),
      origin: mintedBy === null ? null : { from: "signIn", signIn: session, by: mintedBy },
      use: "session",
      refusedAt: null,
    }
    await directory.addToken(row)
    return ok({
      token,
      session: row.session,
      principal,
      label,
      expiresAt: row.expiresAt,
      ...(revokedKeys.length === 0 ? {} : { revokedKeys }),
    })
  },
})

/** The operations on one-time sign-ins. */
export const signInOperations: readonly IdentityOperation[] = [createSignIn, exchangeSignIn]

type Of = Pick<TokenRow, "tenant"> & { readonly id: PrincipalId }

async function endSignIns(directory: Directory, { tenant, id }: Of, at: Time): Promise<void> {
  const rows = await directory.tokens(tenant)
  for (const { use, principal, session, revokedAt } of rows)
    if (use === "signIn" && principal === id && revokedAt === null)
      await directory.revokeToken(tenant, session, at)
}
