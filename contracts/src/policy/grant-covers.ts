// Whether a grant covers a request: one rule for reads, lists, streams, steps and reviews.
// Owns: expiry, contracts, resources and level of a grant. Does not own: rules, which are asked afterwards (policy).
// Keeps INV-04 (no grant, no decision) and INV-10 (a grant reaches no further than its tenant).

import type { Time } from "../primitives.ts"
import type { ChainMember, Grant, PolicyRequest } from "./request.ts"

/** A request that a grant may cover: a contract of a capability, on a resource, about an object and its owners, at a time. */
interface GrantQuestion {
  readonly capability: PolicyRequest["capability"]
  readonly contract: Pick<PolicyRequest["contract"], "ref">
  /** Commands of the plan that act on what a query reads. */
  readonly readsFor?: PolicyRequest["readsFor"]
  readonly resource: PolicyRequest["resource"]
  readonly object: PolicyRequest["object"]
  readonly now: Time
}

/** True when `grant` lets its holder `member` ask this. */
export function grantCovers(
  grant: Grant,
  member: Pick<ChainMember, "id" | "roles">,
  { capability, contract, readsFor = [], resource, object, now }: GrantQuestion,
): boolean {
  const { contracts, resources, level } = grant.scope
  return (
    grant.principal === member.id &&
    grant.capability === capability &&
    grant.expiresAt > now &&
    // A grant for a command includes the reads that its plan makes for it: otherwise no narrowed grant could use the command.
    (contracts === undefined || [contract.ref, ...readsFor].some((ref) => contracts.includes(ref))) &&
    (resources === undefined || coversResource(resources, resource)) &&
    coversObject(level, member, object)
  )
}

function coversResource(resources: readonly string[], resource: PolicyRequest["resource"]): boolean {
  return (
    resource !== null &&
    resources.some((each) => each === `${resource.kind}:${resource.id}` || each === `${resource.kind}:*`)
  )
}

function coversObject(
  level: Grant["scope"]["level"],
  member: Pick<ChainMember, "id" | "roles">,
  object: PolicyRequest["object"],
): boolean {
  if (object === null || level === "tenant") return true
  if (object.owners.includes(member.id)) return true
  return level === "team" && object.roles.some((role) => member.roles.includes(role))
}
