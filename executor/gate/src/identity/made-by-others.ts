// Proofs of identity that other people made for a person: first tokens, proofs made with those, and one-time sign-ins.
// Owns: whose they are, whether their maker may still make such proofs, and their end. Does not own: who may make one (may-mint.ts).
// Keeps INV-04: when a person becomes an owner or administrator, proofs end whose maker may not make one for such a person.

import { PrincipalId, type HumanId, type TenantId, type Time } from "@counterfoil/contracts"
import type { Directory, PrincipalRow, TokenRow } from "@counterfoil/contracts/ports"
import { administrates } from "./identity-operation.ts"
import { mayMintFor } from "./may-mint.ts"

type Ends = Pick<
  Directory,
  "principal" | "resetToken" | "reviewKeys" | "revokeReviewKey" | "revokeToken" | "tokens"
>

interface Whose {
  readonly tenant: TenantId
  readonly id: PrincipalId
}

/** The other person whom a proof came from: who made it, or the token that it was made with. Null for the holder's own. */
export function madeBy(row: TokenRow): HumanId | null {
  const maker = makerOf(row)
  return String(maker) === String(row.principal) ? null : maker
}

function makerOf({ use, origin, mintedBy }: TokenRow): HumanId | null {
  // A token from before origins were kept says only who made it.
  if (use === "signIn" || origin === null) return mintedBy
  return origin.from === "person" ? origin.by : null
}

/** Whether a person, as they are now, may make a proof for this holder, as they are now. */
export async function mayStillMintFor(
  directory: Pick<Directory, "principal">,
  maker: HumanId | null,
  holder: PrincipalRow,
): Promise<boolean> {
  const row = maker === null ? null : await directory.principal(holder.tenant, PrincipalId.parse(maker))
  return row?.enabled === true && mayMintFor({ ...row, principal: row.id }, holder, holder.id)
}

/**
 * True once a person had a token, their own or a first one that another person made, also after it ended: a person who could end
 * another's tokens must not be able to sign in as the other. Only `resetToken` forgets a token, so that an owner can make a one-time
 * sign-in for a person who lost all tokens on becoming an owner or administrator.
 */
export const hasSignedIn = async (directory: Pick<Directory, "tokens">, whose: Whose): Promise<boolean> =>
  (await sessionsOf(directory, whose)).some(({ reset }) => reset !== true)

/**
 * True once a person had any token, also one that was reset: the person may have asked and reviewed with it. A first token that
 * another person makes now would be that person's second identity, so only a one-time sign-in may follow (INV-06).
 */
export const hadToken = async (directory: Pick<Directory, "tokens">, whose: Whose): Promise<boolean> =>
  (await sessionsOf(directory, whose)).length > 0

/**
 * After a person was given a role: ends the tokens and sign-ins whose makers may not make one for the person's new role, and the
 * review keys, as long as only such a token could have enrolled them. It belongs in the change that gives the role.
 */
export async function endWhatMayNotBe(directory: Ends, { tenant, id }: Whose, at: Time): Promise<void> {
  const holder = await directory.principal(tenant, id)
  if (holder === null || !administrates(holder)) return
  const rows = (await directory.tokens(tenant)).filter(({ principal }) => principal === id)
  const ending: TokenRow[] = []
  for (const row of rows) {
    const maker = madeBy(row)
    if (maker !== null && !(await mayStillMintFor(directory, maker, holder))) ending.push(row)
  }
  // Includes those that had ended: none was the person's own, and the person could otherwise never sign in.
  for (const { session } of ending) await directory.resetToken(tenant, session, at)
  const isTheirs = rows.some((row) => row.use === "session" && !ending.includes(row))
  if (ending.some(({ use }) => use === "session") && !isTheirs) await endKeys(directory, { tenant, id }, at)
}

/** At a person's own sign-in: ends the tokens that others made, and all earlier review keys. Returns the keys that ended. */
export async function endWhatOthersMade(
  directory: Ends,
  { tenant, id }: Whose,
  at: Time,
): Promise<readonly string[]> {
  for (const row of await sessionsOf(directory, { tenant, id }))
    if (madeBy(row) !== null && row.revokedAt === null) await directory.revokeToken(tenant, row.session, at)
  return await endKeys(directory, { tenant, id }, at)
}

async function endKeys(directory: Ends, { tenant, id }: Whose, at: Time): Promise<readonly string[]> {
  const keys = (await directory.reviewKeys(tenant)).filter(
    ({ human, revokedAt }) => String(human) === String(id) && revokedAt === null,
  )
  for (const { keyId } of keys) await directory.revokeReviewKey(tenant, keyId, at)
  return keys.map(({ keyId }) => keyId)
}

const sessionsOf = async (
  directory: Pick<Directory, "tokens">,
  { tenant, id }: Whose,
): Promise<readonly TokenRow[]> =>
  (await directory.tokens(tenant)).filter((row) => row.principal === id && row.use === "session")
