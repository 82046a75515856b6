// Gives and revokes grants and roles. No one gives more than they hold, and no tenant loses its last owner this way.
// Does not own: who may give (policy), what a grant reaches when it is used (policy).

import { grantGive, grantRevoke, GrantId, invariant, parseWith } from "@counterfoil/contracts"
import { type Handler, rejected, succeeded } from "@counterfoil/contracts/ports"
import { administrates } from "../identity/identity-operation.ts"
import { endWhatMayNotBe } from "../identity/made-by-others.ts"
import { lastOwnerBar, lastOwnerIssues } from "./owners.ts"
import { givingFaults } from "./giving-faults.ts"
import { derivedId, governs, type GovernanceWorld } from "./governance-world.ts"

/** One handler for each command on grants. */
export function grantHandlers(world: GovernanceWorld): readonly Handler[] {
  return [
    {
      ...governs(world, grantGive, async (input, call) => {
        const { directory } = call
        const grantId = GrantId.parse(`grn_${derivedId(call)}`)
        const who = await directory.principal(call.tenant, input.principal)
        if (who === null || who.kind !== input.principalKind)
          return rejected("NOT_FOUND", "There is no such principal of that kind.")
        const [fault] = await givingFaults(directory, { ...call, now: world.clock.now(), input })
        if (fault !== undefined) return rejected(fault.refusal, fault.message)
        const given =
          input.role === undefined
            ? input.capability !== undefined &&
              (await directory.giveGrant(
                call.tenant,
                {
                  grantId,
                  principal: input.principal,
                  capability: input.capability,
                  scope: input.scope ?? { level: "own" },
                  source: "owner",
                  expiresAt: input.expiresAt,
                },
                call.requester,
                input.reason,
              ))
            : await directory.giveRole(call.tenant, grantId, input.principal, input.role, input.expiresAt)
        // In the same transaction, so that a new owner or administrator never has a token from a person who may not make one
        // for owners or administrators. A person who was one before has none already.
        if (given && input.role !== undefined && !administrates(who))
          await endWhatMayNotBe(directory, { tenant: call.tenant, id: input.principal }, world.clock.now())
        return given
          ? succeeded({ grantId, givenAt: call.startedAt })
          : rejected("CONFLICT", "Another grant has that id.")
      }),
      foresee: async ({ tenant, requester, input }) => {
        const parsed = parseWith(grantGive.input, input)
        invariant(parsed.ok, "INV-02", { contract: grantGive.ref })
        const about = { tenant, requester, now: world.clock.now(), input: parsed.value }
        const faults = await givingFaults(world.store.directory, about)
        return faults.map(({ at, message }) => ({ at, code: "value", message }))
      },
    },
    {
      ...governs(world, grantRevoke, async ({ grantId }, call) => {
        const bar = await lastOwnerBar(world, call, { grant: grantId })
        if (bar !== null) return bar
        return (await call.directory.revokeGrant(call.tenant, grantId, call.startedAt))
          ? succeeded({ grantId, revokedAt: call.startedAt })
          : rejected("NOT_FOUND", "There is no such grant.")
      }),
      restricts: () => true,
      foresee: (asked) => {
        const parsed = parseWith(grantRevoke.input, asked.input)
        invariant(parsed.ok, "INV-02", { contract: grantRevoke.ref })
        return lastOwnerIssues(world, asked, { grant: parsed.value.grantId }, "/grantId")
      },
    },
  ]
}
