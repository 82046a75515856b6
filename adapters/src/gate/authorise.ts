// May this caller use this contract on this object? One decision, the same machinery that judges steps.
// Owns: the requester chain and the request for control and read contracts. Does not own: the decision (policy).
// Keeps INV-04 (an unknown principal, a missing grant or an error is a no) and INV-10 (a foreign object is an absent one).

import {
  assuranceCovers,
  buildPolicyRequest,
  canonicalBytes,
  refuse,
  type Refusal,
  type Callable,
  type CapabilityName,
  type ChainMember,
  type Environment,
  type HumanId,
  type Json,
  type PolicyRequest,
  type PrincipalId,
  type Result,
  type TenantId,
  type Time,
  type Verdict,
  err,
  ok,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import type { Directory, ExecutionRow, Policies } from "@counterfoil/contracts/ports"
import type { Caller } from "./caller.ts"

/** Everybody that a request is made for: the caller, then the human it acts for. Null when one of them is unknown. */
export async function chainOf(
  directory: Directory,
  tenant: TenantId,
  ids: readonly PrincipalId[],
  capability: CapabilityName,
): Promise<readonly ChainMember[] | null> {
  const members = await Promise.all(ids.map((id) => directory.member(tenant, id, capability)))
  const known = members.filter((member) => member !== null)
  return known.length === ids.length ? known : null
}

/** What authorising needs besides the caller and the contract. */
export interface Authority {
  readonly environment: Environment
  readonly directory: Directory
  readonly policies: Policies
  readonly now: Time
}

/** A yes, with the request and verdict that gave it. */
export interface Authorised {
  readonly request: PolicyRequest
  readonly verdict: Verdict
}

/** Decides a control or read contract for a caller. `row` is the execution acted on, or null when the contract names none. */
export async function authorise(
  authority: Authority,
  caller: Caller,
  contract: Callable,
  input: Json,
  row: ExecutionRow | null,
): Promise<Result<Authorised, Refusal>> {
  if (!contract.auth.kinds.includes(caller.kind)) return err(refusedByKind(contract, caller))
  const weak = tooWeak(caller, [contract])
  if (weak !== null) return err(weak)
  const chain = await chainOf(authority.directory, caller.tenant, [caller.principal], contract.capability)
  if (chain === null) return err(refuse("UNAUTHENTICATED", {}))
  const request = buildPolicyRequest({
    environment: authority.environment,
    tenant: caller.tenant,
    contract,
    input,
    inputDigest: inputDigestOf(canonicalBytes(input)),
    taint: [],
    chain,
    object: row === null ? null : objectOf(row),
    call: {
      assurance: caller.assurance,
      channel: caller.channel,
      labels: [],
      now: authority.now,
      origin: "contract",
      planSteps: 0,
    },
    minimumMode: "autonomous",
    breakGlass: null,
  })
  const verdict = authority.policies.decide(request)
  if (verdict.core.decision === "allow") return ok({ request, verdict })
  return err(refusal(verdict, caller.principal, contract))
}

/** The refusal of a caller who is less sure to be who it is than one of the contracts asks; null when it is sure enough. */
export function tooWeak(
  { assurance }: Pick<Caller, "assurance">,
  contracts: readonly Pick<Callable, "auth">[],
): Refusal | null {
  const wanted = contracts.find(({ auth }) => !assuranceCovers(assurance, auth.assurance))
  return wanted === undefined ? null : refuse("ASSURANCE_TOO_LOW", { assurance: wanted.auth.assurance })
}

/** Whose an execution is. */
export function objectOf(
  row: Pick<ExecutionRow, "requester" | "onBehalfOf">,
): NonNullable<PolicyRequest["object"]> {
  return { owners: row.onBehalfOf === null ? [row.requester] : [row.requester, row.onBehalfOf], roles: [] }
}

/** True when a member's grants reach beyond its own objects. */
export const reachesTenant = (member: ChainMember, now: Time): boolean =>
  member.grants.some((grant) => grant.scope.level === "tenant" && grant.expiresAt > now)

/**
 * True when the caller holds a grant for the contract's capability that has not expired, whatever its scope. A grant
 * that its kind cannot use is none: the answer then says so of every object, those that are not there included.
 */
export async function holdsAnyGrant(
  { directory, now }: Authority,
  caller: Caller,
  contract: Callable,
): Promise<boolean> {
  if (!contract.auth.kinds.includes(caller.kind)) return false
  const member = await directory.member(caller.tenant, caller.principal, contract.capability)
  return member !== null && member.grants.some((grant) => grant.expiresAt > now)
}

/** The problem that a denial is answered with; a foreign object is told apart by nobody. */
export function refusal(verdict: Verdict, principal: PrincipalId, contract: Callable): Refusal {
  const { blockReason, forbids } = verdict.core
  if (blockReason === "grantMissing")
    return refuse("GRANT_MISSING", { principal, capability: contract.capability })
  if (blockReason === "policyError" || blockReason === "engineError" || blockReason === "invalidRequest")
    return refuse("POLICY_ERROR", {})
  return refuse("POLICY_DENIED", { ruleId: forbids[0] ?? "policy" })
}

function refusedByKind(contract: Callable, caller: Caller): Refusal {
  return contract.capability === "control-plane.approval" && contract.kind === "command"
    ? refuse("NOT_AN_APPROVER", { because: "agents and services never approve" })
    : refuse("GRANT_MISSING", { principal: caller.principal, capability: contract.capability })
}

/** The human that a caller acts for, when it may; the problem when it may not. */
export async function delegation(
  directory: Directory,
  caller: Caller,
  human: HumanId | undefined,
): Promise<Result<HumanId | null, Refusal>> {
  if (human === undefined) return ok(null)
  const allowed = await directory.delegated(caller.tenant, caller.principal, human)
  return allowed ? ok(human) : err(refuse("DELEGATION_MISSING", { principal: caller.principal, human }))
}
