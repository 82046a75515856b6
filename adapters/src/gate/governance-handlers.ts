// The handlers of the control plane's own commands: grants, principals, policy, erasure.
// Owns: their effects on the directory, the policy pointer and payloads. Does not own: who may (policy), nor tokens (auth).
// Keeps INV-03: every id is derived from the idempotency key, so that a repeated call finds its own row.

import {
  grantGive,
  grantRevoke,
  GrantId,
  policyActivate,
  PrincipalId,
  principalAdd,
  principalDisable,
  traceErase,
  type Immutable,
  type PolicySource,
  type PrincipalKind,
  type Result,
  type RoleName,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { id26 } from "@counterfoil/contracts/digest"
import type { Clock, Handler, HandlerCall, TraceStore } from "@counterfoil/contracts/ports"
import type { PolicyIssue, PolicySet } from "@counterfoil/policy"
import { policyBlob } from "../policy-cache.ts"
import type { KillSwitch } from "./kill-switch.ts"
import { implement, rejected, succeeded } from "../handlers/implement.ts"

/** What governing needs. `check` answers the set that a source would make, or what is wrong with it. */
export interface GovernanceWorld {
  readonly store: TraceStore
  readonly clock: Clock
  check(source: PolicySource): Result<PolicySet, readonly PolicyIssue[]>
  /** Tells this process that a tenant's policy is another one now. */
  activated(tenant: TenantId): void
  /** Pauses what runs in a tenant that was frozen. */
  stopRunning(pulled: KillSwitch): Promise<unknown>
}

/** One handler for each governing command. */
export function governanceHandlers(world: GovernanceWorld): readonly Handler[] {
  const { directory } = world.store
  return [
    implement(principalAdd, async (input, call) => {
      const id = PrincipalId.parse(`${prefixes[input.kind]}_${derived(call)}`)
      const addedAt = call.startedAt
      const row = {
        id,
        tenant: call.tenant,
        kind: input.kind,
        name: input.name,
        enabled: true,
        owner: input.owner ?? null,
        roles: [],
        addedAt,
      }
      const taken = await directory.principalByName(call.tenant, input.name)
      if (taken !== null && taken.id !== id) return rejected("NAME_TAKEN", "A principal of that name exists.")
      return (await directory.addPrincipal(taken ?? row))
        ? succeeded({ principalId: id, addedAt: taken?.addedAt ?? addedAt })
        : rejected("NAME_TAKEN", "A principal of that name exists.")
    }),
    implement(principalDisable, async ({ principalId }, call) =>
      (await directory.disablePrincipal(call.tenant, principalId, call.startedAt))
        ? succeeded({ principalId, disabledAt: call.startedAt })
        : rejected("NOT_FOUND", "There is no such principal."),
    ),
    implement(grantGive, async (input, call) => {
      const grantId = GrantId.parse(`grn_${derived(call)}`)
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
    implement(grantRevoke, async ({ grantId }, call) =>
      (await directory.revokeGrant(call.tenant, grantId, call.startedAt))
        ? succeeded({ grantId, revokedAt: call.startedAt })
        : rejected("NOT_FOUND", "There is no such grant."),
    ),
    implement(policyActivate, async (input, call) => {
      const live = await world.store.policySource(call.tenant)
      if (live === null) return rejected("NOT_FOUND", "There is no policy to change.")
      const texts = [
        ...live.source.texts.filter(({ layer }) => layer !== input.layer),
        ...input.policyTexts.map((text) => ({ ...text, layer: input.layer })),
      ]
      const source: PolicySource = { texts, modeMap: input.modeMap ?? live.source.modeMap }
      const checked = world.check(source)
      if (!checked.ok)
        return rejected(
          "POLICY_INVALID",
          checked.error
            .slice(0, 5)
            .map(({ code }) => code)
            .join(", "),
        )
      await world.store.putBlobs([policyBlob(checked.value.digest, source)])
      await world.store.activatePolicy(call.tenant, checked.value.digest, source)
      world.activated(call.tenant)
      if (input.layer === "freeze" && input.policyTexts.length > 0)
        await world.stopRunning({ tenant: call.tenant, except: call.executionId, reason: input.reason })
      return succeeded({ policySetDigest: checked.value.digest, activatedAt: call.startedAt })
    }),
    implement(traceErase, async ({ executionId }, call) => {
      const row = await world.store.execution(call.tenant, executionId)
      if (row === null) return rejected("NOT_FOUND", "There is no such execution.")
      if (row.endedAt === null) return rejected("STILL_OPEN", "Only closed executions can be erased.")
      const { payloads, executions } = await world.store.erasePayloads(call.tenant, { executionId })
      return succeeded({ payloads, executions, erasedAt: call.startedAt })
    }),
  ]
}

const prefixes: { readonly [K in PrincipalKind]: string } = {
  human: "hum",
  service: "svc",
  agent: "agt",
  tool: "tol",
}

const derived = ({ idempotencyKey }: HandlerCall): string => id26(Buffer.from(idempotencyKey, "hex"))

/** Longest life of a grant in days, by who holds it (policy.md section 6). */
const grantDaysMax: { readonly [K in PrincipalKind]: number } = {
  human: 365,
  service: 180,
  agent: 90,
  tool: 0,
}

/** Nobody gives more than they hold, or for longer than its holder's kind may have it. */
async function givingBar(world: GovernanceWorld, input: Immutable<Giving>, call: HandlerCall) {
  const now = world.clock.now()
  const days = (Date.parse(input.expiresAt) - Date.parse(now)) / 86_400_000
  if (days <= 0 || days > grantDaysMax[input.principalKind])
    return rejected(
      "EXPIRY_INVALID",
      `The grant of a ${input.principalKind} lasts at most ${grantDaysMax[input.principalKind]} days.`,
    )
  if (input.capability === undefined) return null
  const giver = await world.store.directory.member(call.tenant, call.requester, input.capability)
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
