// Giving and revoking grants and roles. No one gives more than they hold, and no tenant loses its last owner by it.
// Does not own: who may give (policy), what a grant reaches when it is used (policy).

import {
  grantGive,
  grantRevoke,
  GrantId,
  type Immutable,
  type PrincipalKind,
  type RoleName,
  type Time,
} from "@counterfoil/contracts"
import type { Handler, TraceStore } from "@counterfoil/contracts/ports"
import { rejected, succeeded } from "../../handlers/implement.ts"
import { lastOwnerBar } from "./owners.ts"
import { derivedId, governs, type GovernanceWorld, type GoverningCall } from "./governance-world.ts"

/** One handler for each command on grants. */
export function grantHandlers(world: GovernanceWorld): readonly Handler[] {
  return [
    governs(world, grantGive, async (input, call) => {
      const { directory } = call
      const grantId = GrantId.parse(`grn_${derivedId(call)}`)
      const who = await directory.principal(call.tenant, input.principal)
      if (who === null || who.kind !== input.principalKind)
        return rejected("NOT_FOUND", "There is no such principal of that kind.")
      const bar = await givingBar(world, input, call)
      if (bar !== null) return bar
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
      return given
        ? succeeded({ grantId, givenAt: call.startedAt })
        : rejected("CONFLICT", "Another grant has that id.")
    }),
    governs(world, grantRevoke, async ({ grantId }, call) => {
      const bar = await lastOwnerBar(world, call, { grant: grantId })
      if (bar !== null) return bar
      return (await call.directory.revokeGrant(call.tenant, grantId, call.startedAt))
        ? succeeded({ grantId, revokedAt: call.startedAt })
        : rejected("NOT_FOUND", "There is no such grant.")
    }),
  ]
}

/** Longest life of a grant in days, by who holds it (policy.md section 6). */
const grantDaysMax: { readonly [K in PrincipalKind]: number } = {
  human: 365,
  service: 180,
  agent: 90,
  tool: 0,
}

/** Nobody gives more than they hold, or for longer than its holder's kind may have it. */
async function givingBar(world: GovernanceWorld, input: Immutable<Giving>, call: GoverningCall) {
  const now = world.clock.now()
  const days = (Date.parse(input.expiresAt) - Date.parse(now)) / 86_400_000
  if (days <= 0 || days > grantDaysMax[input.principalKind])
    return rejected(
      "EXPIRY_INVALID",
      `The grant of a ${input.principalKind} lasts at most ${grantDaysMax[input.principalKind]} days.`,
    )
  if (input.capability === undefined) return null
  const giver = await call.directory.member(call.tenant, call.requester, input.capability)
  const level = input.scope?.level ?? "own"
  const holds =
    giver?.grants.some(
      ({ scope, expiresAt }) => expiresAt > now && (scope.level === "tenant" || scope.level === level),
    ) ?? false
  return holds ? null : rejected("GRANT_MISSING", "Nobody gives more than they hold.")
}

type Giving = {
  principalKind: PrincipalKind
  capability?: Parameters<TraceStore["directory"]["member"]>[2]
  role?: RoleName
  scope?: { level: "own" | "team" | "tenant" }
  expiresAt: Time
}
