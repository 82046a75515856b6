// The facts of a call, as the gate decides it: a call has no plan, and an execution that it is about is its resource.
// Owns: that gate and lockout check decide the same request. Does not own: the caller, nor the decision.

import {
  buildPolicyRequest,
  canonicalBytes,
  type Callable,
  type ChainMember,
  type Environment,
  type ExecutionId,
  type Json,
  type PolicyRequest,
  type PrincipalId,
  type TenantId,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"

/** The kind of resource that an execution is to grants and rules. */
export const executionKind = "execution"

/** A call, and what it is about: an execution or something of none, and whose it is; null when it is about nothing yet. */
export interface CallSubject {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly contract: Callable
  readonly input: Json
  readonly chain: readonly ChainMember[]
  readonly about: { readonly executionId: ExecutionId | null; readonly owners: readonly PrincipalId[] } | null
  readonly by: Pick<PolicyRequest["call"], "assurance" | "channel" | "now">
}

/** The request that a call is decided by. */
export function callRequestOf({
  environment,
  tenant,
  contract,
  input,
  chain,
  about,
  by,
}: CallSubject): PolicyRequest {
  const facts = buildPolicyRequest({
    environment,
    tenant,
    contract,
    input,
    inputDigest: inputDigestOf(canonicalBytes(input)),
    taint: [],
    chain,
    object: about === null ? null : { owners: about.owners, roles: [] },
    call: {
      assurance: by.assurance,
      channel: by.channel,
      labels: [],
      now: by.now,
      origin: "contract",
      planSteps: 0,
    },
    minimumMode: "autonomous",
    breakGlass: null,
  })
  return about === null || about.executionId === null
    ? facts
    : { ...facts, resource: { kind: executionKind, id: about.executionId } }
}
