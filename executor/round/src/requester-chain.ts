// The requester chain as it is in the directory now, and policy's decision on a step with it.
// Keeps INV-04: a member that is no longer in the directory may do nothing.

import type { CapabilityName, ChainMember, PrincipalId, TenantId, Time } from "@counterfoil/contracts"
import type { Directory, Policies } from "@counterfoil/contracts/ports"
import {
  decidedOf,
  policyRequestOf,
  type Decided,
  type Execution,
  type PolicyQuestion,
} from "@counterfoil/core"

/** The principals of these ids as they are in the directory now, in their order; leaves out ids that are not in it. */
export async function chainNow(
  directory: Pick<Directory, "member">,
  tenant: TenantId,
  ids: readonly PrincipalId[],
  capability: CapabilityName,
): Promise<readonly ChainMember[]> {
  const members: ChainMember[] = []
  for (const id of ids) {
    const member = await directory.member(tenant, id, capability)
    if (member !== null) members.push(member)
  }
  return members
}

/**
 * The recorded requester chain of an execution, each member as it is in the directory now. A member that is not in it stays in
 * the chain, disabled and without grants, so that policy denies for it and the people behind it still may not review.
 */
export async function requesterChainNow(
  directory: Pick<Directory, "member">,
  { tenant, intent: { requesterChain } }: Pick<Execution, "tenant" | "intent">,
  capability: CapabilityName,
): Promise<readonly ChainMember[]> {
  const known = await chainNow(
    directory,
    tenant,
    requesterChain.map(({ id }) => id),
    capability,
  )
  return requesterChain.map(
    (recorded) => known.find(({ id }) => id === recorded.id) ?? { ...recorded, enabled: false, grants: [] },
  )
}

/** The inputs of a decision about a step. */
interface DecidingStep {
  readonly policies: Pick<Policies, "decide">
  readonly chain: readonly ChainMember[]
  readonly now: Time
}

/** What policy decides about a step of an execution. */
export function decideStep(
  execution: Execution,
  question: PolicyQuestion,
  { policies, chain, now }: DecidingStep,
): Decided {
  const request = policyRequestOf(execution, question, { chain, now, breakGlass: null })
  return decidedOf(request, policies.decide(request))
}
