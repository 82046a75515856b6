// Grants: whether a member of the chain may use the capability at all, before any rule is asked.
// Owns: expiry, scope, contracts and resources of a grant. Does not own: rules; a missing grant is its own answer.
// Keeps INV-04 (no grant, no decision) and INV-10 (a grant reaches no further than its tenant).

import type { ChainMember, Grant, PolicyRequest } from "@counterfoil/contracts"

/** The grant that a member uses for this request: of those that cover it the one that lasts longest, else null. */
export function grantFor(member: ChainMember, request: PolicyRequest): Grant | null {
  const covering = member.grants.filter((grant) => covers(grant, member, request))
  const [first] = [...covering].sort((a, b) =>
    a.expiresAt === b.expiresAt ? (a.grantId < b.grantId ? -1 : 1) : a.expiresAt > b.expiresAt ? -1 : 1,
  )
  return first ?? null
}

function covers(grant: Grant, member: ChainMember, request: PolicyRequest): boolean {
  const { contracts, resources, level } = grant.scope
  return (
    grant.principal === member.id &&
    grant.capability === request.capability &&
    grant.expiresAt > request.call.now &&
    (contracts === undefined || contracts.includes(request.contract.ref)) &&
    (resources === undefined || reachesResource(resources, request.resource)) &&
    reachesObject(level, member, request.object)
  )
}

function reachesResource(resources: readonly string[], resource: PolicyRequest["resource"]): boolean {
  return (
    resource !== null &&
    resources.some((each) => each === `${resource.kind}:${resource.id}` || each === `${resource.kind}:*`)
  )
}

function reachesObject(
  level: Grant["scope"]["level"],
  member: ChainMember,
  object: PolicyRequest["object"],
): boolean {
  if (object === null || level === "tenant") return true
  if (object.owners.includes(member.id)) return true
  return level === "team" && object.roles.some((role) => member.roles.includes(role))
}
