// The owners of a tenant as policy sees them, now or later, with or without what a command would take away.
// Owns: that no command leaves a tenant without an owner who can change its policy. Does not own: whether rules let owners
// (policy), nor a tenant whose owner's roles and grants ran out (docs/runbooks/owner-lost.md).

import {
  addMs,
  type ChainMember,
  type GrantId,
  type Issue,
  type PrincipalId,
  type RoleName,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { type Directory, rejected } from "@counterfoil/contracts/ports"
import { governorsAt, ownersOf } from "@counterfoil/policy"
import type { Foresight, GovernanceWorld, GoverningCall } from "./governance-world.ts"

/** What a command is about to take away: a principal, or what was given under an id. */
type Removal = { readonly principal: PrincipalId } | { readonly grant: GrantId }

/** The owners that are left must last a week as well: they need time to find another one. */
const lastsMs = 7 * 86_400_000

/**
 * The refusal of a removal after which no one could change the tenant's policy any more; null when an owner still could, or none
 * could before. An owner who stays may remove the approvers of its own changes; no one else may.
 */
export async function lastOwnerBar(
  world: GovernanceWorld,
  call: Pick<GoverningCall, "directory" | "policySource" | "tenant" | "requester">,
  removal: Removal,
) {
  const now = world.clock.now()
  const live = await call.policySource()
  const set = live === null ? null : world.setOf(live)
  const people = await peopleOf(call.directory, call.tenant)
  for (const at of [now, addMs(now, lastsMs)]) {
    const before = people(at, null)
    const after = people(at, removal)
    const stays = ownersOf(after).some(({ id }) => id === call.requester)
    const of = (those: readonly ChainMember[], waiting: Parameters<typeof governorsAt>[3]) =>
      set === null ? [] : governorsAt(set, { ...world, tenant: call.tenant, people: those }, at, waiting)
    if (
      none(ownersOf(after), ownersOf(before)) ||
      none(of(after, "anyone"), of(before, "anyone")) ||
      (!stays && none(of(after, "someone who is there"), of(before, "someone who is there")))
    )
      return rejected("LAST_OWNER", "This would leave the tenant without an owner who can change its policy.")
  }
  return null
}

/** The same, before approvers are asked: the fault of an input at the field `at`, which names what is taken away. */
export async function lastOwnerIssues(
  world: GovernanceWorld,
  { tenant, requester }: Foresight,
  removal: Removal,
  at: string,
): Promise<readonly Issue[]> {
  const { store } = world
  const now = {
    directory: store.directory,
    policySource: () => store.policySource(tenant),
    tenant,
    requester,
  }
  const bar = await lastOwnerBar(world, now, removal)
  return bar === null ? [] : [{ at, code: "value", message: `${bar.code}: ${bar.message}` }]
}

const none = (after: readonly unknown[], before: readonly unknown[]): boolean =>
  after.length === 0 && before.length > 0

/** The enabled people of a tenant with their roles at a time, each with its grants of every capability. */
export async function peopleOf(
  directory: Pick<Directory, "principals" | "grants" | "roleGrants">,
  tenant: TenantId,
): Promise<(at: Time, without: Removal | null) => readonly ChainMember[]> {
  const principals = await directory.principals(tenant)
  const grants = await directory.grants(tenant, null)
  const given = await directory.roleGrants(tenant)
  return (at, without) => {
    const taken = without !== null && "grant" in without ? without.grant : null
    const gone = without !== null && "principal" in without ? without.principal : null
    return principals
      .filter(({ id, kind, enabled }) => kind === "human" && enabled && id !== gone)
      .map(({ id, kind, enabled, owner, roles }): ChainMember => {
        const own = given.filter(({ principal }) => principal === id)
        const lasting = own.filter(({ grantId, expiresAt }) => grantId !== taken && expiresAt > at)
        // A role without a grant is the principal's own.
        const unending = roles.filter((role) => own.every((grant) => grant.role !== role))
        return {
          enabled,
          grants: grants.filter(({ principal, grantId }) => principal === id && grantId !== taken),
          id,
          kind,
          owner,
          roles: sorted([...unending, ...lasting.map(({ role }) => role)]),
          tenant,
        }
      })
  }
}

const sorted = (roles: readonly RoleName[]): readonly RoleName[] => [...new Set(roles)].toSorted()
