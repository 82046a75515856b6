// What is wrong with giving a grant or a role: no one hands on more than they hold, or for longer than its holder may have it.
// Owns: the same answer when a grant is requested and when it is given. Does not own: who may give at all (policy), nor how two
// grants compare (policy grantContains). Keeps INV-04: a giver cannot give what the directory does not show the giver to hold.

import {
  RoleName,
  type grantGive,
  type Immutable,
  type PrincipalId,
  type PrincipalKind,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import type { Directory } from "@counterfoil/contracts/ports"
import { founderRole, grantContains } from "@counterfoil/policy"
import type { z } from "zod"
import { isProgramService } from "../identity/program-service.ts"

/** One fault, with its place in the input; `refusal` is the code of a call that is refused for it. */
interface GivingFault {
  readonly refusal: "EXPIRY_INVALID" | "GRANT_MISSING" | "PRINCIPAL_RESERVED" | "ROLE_RESERVED"
  readonly at: string
  readonly message: string
}

/** Who gives what, and when. */
interface Giving {
  readonly tenant: TenantId
  readonly requester: PrincipalId
  readonly now: Time
  readonly input: Immutable<z.output<(typeof grantGive)["input"]>>
}

type Known = Pick<Directory, "member" | "principal" | "roleGrants">

/** Longest life of a grant in days, by the kind of its holder: grants of principals that act by themselves are reviewed more often. */
export const grantDaysMax: { readonly [K in PrincipalKind]: number } = {
  human: 365,
  service: 180,
  agent: 90,
  tool: 0,
}
const dayMs = 86_400_000

const owner = RoleName.parse("owner")

/** Everything that is wrong with a giving, the gravest first; empty when the giver may. */
export async function givingFaults(directory: Known, giving: Giving): Promise<readonly GivingFault[]> {
  const { input } = giving
  const held =
    input.role === undefined ? await grantFault(directory, giving) : await roleFault(directory, giving)
  const reserved = await holderFault(directory, giving)
  return [reserved, held, expiryFault(giving)].filter((fault) => fault !== null)
}

/** The program's own services hold what the program gives them, and nothing more. */
async function holderFault(
  directory: Known,
  { tenant, input: { principal } }: Giving,
): Promise<GivingFault | null> {
  const holder = await directory.principal(tenant, principal)
  if (holder === null || !isProgramService(holder)) return null
  return {
    refusal: "PRINCIPAL_RESERVED",
    at: "/principal",
    message: "This service belongs to the program itself: no one can give it anything.",
  }
}

function expiryFault({ now, input: { expiresAt, principalKind } }: Giving): GivingFault | null {
  const days = (Date.parse(expiresAt) - Date.parse(now)) / dayMs
  if (days > 0 && days <= grantDaysMax[principalKind]) return null
  return {
    refusal: "EXPIRY_INVALID",
    at: "/expiresAt",
    message: `A grant of a ${principalKind} lasts at most ${grantDaysMax[principalKind]} days.`,
  }
}

/** One grant that the giver holds now contains the one given; several together do not. */
async function grantFault(
  directory: Known,
  { tenant, requester, now, input: { capability, scope = { level: "own" }, expiresAt } }: Giving,
): Promise<GivingFault | null> {
  if (capability === undefined) return missing("/capability", "Exactly one of capability and role is given.")
  const giver = await directory.member(tenant, requester, capability)
  const live = giver?.grants.filter((grant) => grant.expiresAt > now) ?? []
  if (live.some((held) => grantContains(held, { capability, scope, expiresAt }))) return null
  return missing(
    live.length === 0 ? "/capability" : "/scope",
    live.length === 0
      ? "No one gives more than they hold: you hold no grant of this capability."
      : "No one gives more than they hold: level, contracts, resources and expiry have to be within one grant that you hold.",
  )
}

/** A role is given by a holder of it, or by an owner, and ends no later than the giver's own. */
async function roleFault(
  directory: Known,
  { tenant, requester, input: { role, scope, expiresAt } }: Giving,
): Promise<GivingFault | null> {
  if (role === founderRole)
    return {
      refusal: "ROLE_RESERVED",
      at: "/role",
      message: "The first start gives the role founder: no one can give or renew it.",
    }
  if (scope !== undefined) return missing("/scope", "A role has no scope.")
  const giver = await directory.principal(tenant, requester)
  const given = (await directory.roleGrants(tenant)).filter(({ principal }) => principal === requester)
  const lasts = (wanted: RoleName): boolean => {
    if (giver?.roles.includes(wanted) !== true) return false
    const grants = given.filter((grant) => grant.role === wanted)
    // A role without a grant is the principal's own and does not end.
    return grants.length === 0 || grants.some((grant) => grant.expiresAt >= expiresAt)
  }
  if (role !== undefined && (lasts(role) || lasts(owner))) return null
  return missing(
    "/role",
    "No one gives more than they hold: only a holder of a role or an owner gives it, and for no longer than they hold theirs.",
  )
}

const missing = (at: string, message: string): GivingFault => ({ refusal: "GRANT_MISSING", at, message })
