// Whether one grant is contained in another: no one hands on more than they hold, in any dimension.
// Owns: level, contracts, resources and expiry, compared one by one. Does not own: who may give (rules), nor what a grant covers
// when it is used (grants.ts), with which it agrees: what a contained grant allows, the one that contains it allows too.

import type { Grant, ScopeLevel } from "@counterfoil/contracts"

/** What of a grant says how far it reaches. */
export type Reach = Pick<Grant, "capability" | "scope" | "expiresAt">

const levels: readonly ScopeLevel[] = ["own", "team", "tenant"]

/** True when `held` contains `given` in every dimension. A list that is left out holds everything of its dimension. */
export function grantContains(held: Reach, given: Reach): boolean {
  return (
    held.capability === given.capability &&
    levels.indexOf(held.scope.level) >= levels.indexOf(given.scope.level) &&
    given.expiresAt <= held.expiresAt &&
    listContains(held.scope.contracts, given.scope.contracts, (of, one) => of === one) &&
    listContains(held.scope.resources, given.scope.resources, resourceContains)
  )
}

function listContains<T>(
  held: readonly T[] | undefined,
  given: readonly T[] | undefined,
  contains: (held: T, given: T) => boolean,
): boolean {
  if (held === undefined) return true
  return given !== undefined && given.every((one) => held.some((of) => contains(of, one)))
}

/** `kind:*` holds every resource of that kind; anything else holds itself alone. A kind has no colon, an id may have one. */
function resourceContains(held: string, given: string): boolean {
  return (
    held === given ||
    (held.endsWith(":*") && given.startsWith(held.slice(0, -1)) && !held.slice(0, -2).includes(":"))
  )
}
