// Adding, disabling and enabling principals.
// Does not own: tokens and keys (auth adapter: they are secrets and enter no trace, INV-13).

import {
  HumanId,
  invariant,
  nameFault,
  nameFaults,
  parseWith,
  PrincipalId,
  principalAdd,
  principalDisable,
  principalEnable,
  skeletonOf,
  type PrincipalKind,
  type TenantId,
} from "@counterfoil/contracts"
import {
  type Directory,
  type Handler,
  type PrincipalRow,
  rejected,
  succeeded,
} from "@counterfoil/contracts/ports"
import { ownServiceName } from "../identity/program-service.ts"
import { lastOwnerBar, lastOwnerIssues } from "./owners.ts"
import { derivedId, governs, type GovernanceWorld, type GoverningCall } from "./governance-world.ts"

/** One handler for each command on principals. */
export function principalHandlers(world: GovernanceWorld): readonly Handler[] {
  return [
    {
      ...governs(world, principalAdd, async (input, call) => {
        const { directory } = call
        const id = PrincipalId.parse(`${prefixes[input.kind]}_${derivedId(call)}`)
        const bar = await nameBar(call, { id, name: input.name })
        if (bar !== null) return bar
        const addedAt = call.startedAt
        const registrar = HumanId.parse(call.requester)
        const owner = input.kind === "human" ? (input.owner ?? null) : (input.owner ?? registrar)
        const unknown = owner !== null && (await unknownOwner(directory, call.tenant, owner))
        if (unknown) return rejected("NOT_FOUND", "The owner is not a person of this tenant who is enabled.")
        const row = {
          id,
          tenant: call.tenant,
          kind: input.kind,
          name: input.name,
          enabled: true,
          owner,
          roles: [],
          addedAt,
          addedBy: registrar,
        }
        // It exists already when an earlier version made it and its answer was lost.
        const known = await directory.principal(call.tenant, id)
        return (await directory.addPrincipal(known ?? row))
          ? succeeded({
              principalId: id,
              ...(owner === null ? {} : { owner }),
              addedAt: known?.addedAt ?? addedAt,
            })
          : taken
      }),
      foresee: ({ input }) => {
        const parsed = parseWith(principalAdd.input, input)
        invariant(parsed.ok, "INV-02", { contract: principalAdd.ref })
        const fault = nameFault(parsed.value.name)
        const issue = { at: "/name", code: "value" } as const
        return Promise.resolve(fault === null ? [] : [{ ...issue, message: nameFaults[fault] }])
      },
    },
    {
      ...governs(world, principalDisable, async ({ principalId }, call) => {
        const bar = await lastOwnerBar(world, call, { principal: principalId })
        if (bar !== null) return bar
        return (await call.directory.disablePrincipal(call.tenant, principalId, call.startedAt))
          ? succeeded({ principalId, disabledAt: call.startedAt })
          : rejected("NOT_FOUND", "There is no such principal.")
      }),
      restricts: () => true,
      foresee: (asked) => {
        const parsed = parseWith(principalDisable.input, asked.input)
        invariant(parsed.ok, "INV-02", { contract: principalDisable.ref })
        return lastOwnerIssues(world, asked, { principal: parsed.value.principalId }, "/principalId")
      },
    },
    governs(world, principalEnable, async ({ principalId }, call) =>
      (await call.directory.enablePrincipal(call.tenant, principalId))
        ? succeeded({ principalId, enabledAt: call.startedAt })
        : rejected("NOT_FOUND", "There is no such principal."),
    ),
  ]
}

const taken = rejected("NAME_TAKEN", "A principal has that name, or one that looks like it.")

/** Why a principal may not be added under its name: the name deceives, or looks like that of another one; null when it may. */
export async function nameBar(
  { directory, tenant }: Pick<GoverningCall, "directory" | "tenant">,
  { id, name }: Pick<PrincipalRow, "id" | "name">,
): Promise<ReturnType<typeof rejected> | null> {
  const fault = nameFault(name)
  if (fault !== null) return rejected("NAME_REFUSED", nameFaults[fault])
  const skeleton = skeletonOf(name)
  // A principal with this name would keep the installation from making its own requests.
  if (skeleton === skeletonOf(ownServiceName)) return taken
  const others = await directory.principals(tenant)
  return others.some((one) => one.id !== id && skeletonOf(one.name) === skeleton) ? taken : null
}

async function unknownOwner(directory: Directory, tenant: TenantId, owner: HumanId): Promise<boolean> {
  const row = await directory.principal(tenant, PrincipalId.parse(owner))
  return row === null || !row.enabled || row.kind !== "human"
}

const prefixes: { readonly [K in PrincipalKind]: string } = {
  human: "hum",
  service: "svc",
  agent: "agt",
  tool: "tol",
}
