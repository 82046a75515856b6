// Grants: whether a member of the chain may use the capability at all, before any rule is asked.
// Owns: which of several grants is used. Does not own: what one covers (contracts, grant-covers.ts), nor rules.
// Keeps INV-04 (no grant, no decision): a missing grant is its own answer.

import { grantCovers, type ChainMember, type Grant, type PolicyRequest } from "@counterfoil/contracts"

/** The grant that a member uses for this request: of those that cover it the one that lasts longest, else null. */
export function grantFor(member: ChainMember, request: PolicyRequest): Grant | null {
  const question = { ...request, now: request.call.now }
  const covering = member.grants.filter((grant) => grantCovers(grant, member, question))
  const [first] = [...covering].sort((a, b) =>
    a.expiresAt === b.expiresAt ? (a.grantId < b.grantId ? -1 : 1) : a.expiresAt > b.expiresAt ? -1 : 1,
  )
  return first ?? null
}
