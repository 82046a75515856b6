// Makes a person owner of a tenant that has no owner, or whose policy lets no owner change it.
// Owns: what the person is given, and that it suffices to change policy. Does not own: who may (only the program on the machine
// of the database), nor the person's token, which is a secret and enters no trace (INV-13).

import {
  msOfTime,
  ownerRecover,
  PrincipalId,
  type ChainMember,
  type Grant,
  type Immutable,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { type Handler, type RoleGrant, rejected, succeeded } from "@counterfoil/contracts/ports"
import { defaultPolicySource, governorsAt } from "@counterfoil/policy"
import type { z } from "zod"
import { endWhatMayNotBe } from "../identity/made-by-others.ts"
import { ownerRights } from "./owner-rights.ts"
import { policyBlob } from "../policy-cache.ts"
import { nameBar } from "./principal-handlers.ts"
import { derivedId, governs, type GovernanceWorld, type GoverningCall } from "./governance-world.ts"

type Recovery = Immutable<z.output<(typeof ownerRecover)["input"]>>

/** The handler of `owner.recover`. */
export const recoveryHandlers = (world: GovernanceWorld): readonly Handler[] => [
  governs(
    world,
    ownerRecover,
    async (input, call) => {
      if (!world.recovers)
        return rejected(
          "NOT_HERE",
          "Only counterfoil owner recover does this, with the login of the database's owner.",
        )
      const id = await personOf(input, call)
      if (typeof id !== "string") return id
      const live = await call.policySource()
      if (live === null) return rejected("NOT_FOUND", "The tenant has no policy: it was never started.")
      const rights = rightsOf(world, id)
      const source = input.policy === "shipped" ? defaultPolicySource() : live.source
      const set = world.check(source)
      if (!set.ok)
        return rejected(
          "POLICY_INVALID",
          "The policy in force does not load with the contracts of this release. Ask for the shipped policy in its place.",
        )
      if (!canGovern(world, call, rights.member, set.value))
        return rejected(
          "LOCKED_OUT",
          "The policy in force lets no owner change it. Ask for the shipped policy in its place.",
        )
      await write(input, call, rights)
      await world.store.putBlobs([policyBlob(source)])
      const moved = await call.activatePolicy({ from: live.digest, digest: set.value.digest, source })
      return moved
        ? succeeded({ principalId: id, policySetDigest: set.value.digest, recoveredAt: call.startedAt })
        : rejected("POLICY_CHANGED", "Another policy was activated meanwhile.")
    },
    async (_input, call) => world.activated(call.tenant),
  ),
]

/** The person who becomes owner: one who is known, or a new one of a name that deceives no one. */
async function personOf({ principal, name }: Recovery, call: GoverningCall) {
  if (principal !== undefined) {
    const row = await call.directory.principal(call.tenant, PrincipalId.parse(principal))
    return row?.kind === "human" ? row.id : rejected("NOT_FOUND", "There is no such person.")
  }
  const id = PrincipalId.parse(`hum_${derivedId(call)}`)
  return (name === undefined ? null : await nameBar(call, { id, name })) ?? id
}

interface Rights {
  readonly grants: readonly Grant[]
  readonly roles: readonly Omit<RoleGrant, "principal">[]
  readonly member: Omit<ChainMember, "tenant">
}

function rightsOf({ registry, clock, random }: GovernanceWorld, id: PrincipalId): Rights {
  const now = clock.now()
  const { roles, capabilities, expiresAt } = ownerRights(registry, now)
  const freshId = () => mintId("grn", msOfTime(now), random.bytes(10))
  const grants = capabilities.map((capability): Grant => ({
    grantId: freshId(),
    principal: id,
    capability,
    scope: { level: "tenant" },
    source: "owner",
    expiresAt,
  }))
  return {
    grants,
    roles: roles.map((role) => ({ grantId: freshId(), ...role })),
    member: {
      enabled: true,
      grants,
      id,
      kind: "human",
      owner: null,
      roles: roles.map(({ role }) => role).toSorted(),
    },
  }
}

const canGovern = (
  { registry, environment, clock }: GovernanceWorld,
  { tenant }: GoverningCall,
  member: Rights["member"],
  set: Parameters<typeof governorsAt>[0],
): boolean =>
  governorsAt(
    set,
    { registry, environment, tenant, people: [{ ...member, tenant }] },
    clock.now(),
    // The new owner may first have to find people to review changes.
    "anyone",
  ).length > 0

async function write(
  { name, reason }: Recovery,
  { directory, tenant, requester, startedAt }: GoverningCall,
  { grants, roles, member: { id } }: Rights,
): Promise<void> {
  if (name === undefined) await directory.enablePrincipal(tenant, id)
  else
    await directory.addPrincipal({
      id,
      tenant,
      kind: "human",
      name,
      enabled: true,
      owner: null,
      roles: [],
      addedAt: startedAt,
      addedBy: null,
    })
  for (const { grantId, role, expiresAt } of roles)
    await directory.giveRole(tenant, grantId, id, role, expiresAt)
  await endWhatMayNotBe(directory, { tenant, id }, startedAt)
  for (const grant of grants) await directory.giveGrant(tenant, grant, requester, reason)
}
