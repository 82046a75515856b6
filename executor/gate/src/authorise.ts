// May this caller use this contract on this object? One decision for calls, rows of lists and events of streams, with the
// machinery that judges steps. Owns: the chain of a call and the request. Does not own: the decision itself (policy), which
// executions a caller reaches (reach.ts).
// Keeps INV-04 (an unknown principal, a missing grant or an error is a denial) and INV-10 (a foreign object looks absent).

import {
  assuranceCovers,
  refuse,
  type Refusal,
  type Callable,
  type ChainMember,
  type Environment,
  type ExecutionId,
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
import type { Clock, Directory, OwnedExecution, Policies, TraceStore } from "@counterfoil/contracts/ports"
import { callRequestOf } from "@counterfoil/policy"
import type { Caller } from "./caller.ts"

/** What authorising needs besides the caller and the contract. */
export interface Authority {
  readonly environment: Environment
  readonly directory: Directory
  readonly policies: Policies
  readonly now: Time
}

/** The part of a process's world that decisions need. */
export interface DecidingWorld {
  readonly environment: Environment
  readonly store: Pick<TraceStore, "directory" | "execution">
  readonly clock: Pick<Clock, "now">
  readonly policies: (tenant: TenantId) => Promise<Policies>
}

/** The authority of this moment: the activated policy, and the directory as this process reads it. */
export const authorityOf = async (
  { environment, store, clock, policies }: DecidingWorld,
  tenant: TenantId,
): Promise<Authority> => ({
  environment,
  directory: store.directory,
  policies: await policies(tenant),
  now: clock.now(),
})

/** A request, with the verdict on it. */
interface Authorised {
  readonly request: PolicyRequest
  readonly verdict: Verdict
}

/** The subject of a decision: an execution, or null when it belongs to none; and its owners. */
export interface About {
  readonly executionId: ExecutionId | null
  readonly owners: readonly PrincipalId[]
}

/** The subject of a decision about an execution, from its row or from the row of anything that belongs to it. */
export const aboutOf = ({ executionId, requester, onBehalfOf }: OwnedExecution): About => ({
  executionId,
  owners: onBehalfOf === null ? [requester] : [requester, onBehalfOf],
})

/** Decides a control or read contract for a caller, about one execution or, with null, about none. */
export async function authorise(
  authority: Authority,
  caller: Caller,
  contract: Callable,
  input: Json,
  about: About | null,
): Promise<Result<Authorised, Refusal>> {
  const asking = await askingOf(authority, caller, contract)
  return asking.ok ? decideAbout(authority, asking.value, input, about) : asking
}

/** A caller of a contract, with its requester chain, which is the caller alone: what several decisions at one moment share. */
export interface Asking {
  readonly caller: Caller
  readonly contract: Callable
  readonly chain: readonly ChainMember[]
}

/** The caller, ready for decisions; or why it may not use this contract on anything. */
export async function askingOf(
  { directory }: Pick<Authority, "directory">,
  caller: Caller,
  contract: Callable,
): Promise<Result<Asking, Refusal>> {
  const unfit = unfitFor(caller, contract)
  if (unfit !== null) return err(unfit)
  const member = await directory.member(caller.tenant, caller.principal, contract.capability)
  return member === null ? err(refuse("UNAUTHENTICATED", {})) : ok({ caller, contract, chain: [member] })
}

/** Why no grant lets a caller use a contract: the wrong kind of principal, or too little assurance. */
export const unfitFor = (caller: Caller, contract: Callable): Refusal | null =>
  contract.auth.kinds.includes(caller.kind) ? tooWeak(caller, [contract]) : refusedByKind(contract, caller)

/** The inputs that all decisions of one moment share. */
export type Deciding = Pick<Authority, "environment" | "policies" | "now">

/** The one decision: of a call, of a row in a list, of an event in a stream. */
export function decideAbout(
  deciding: Deciding,
  asking: Asking,
  input: Json,
  about: About | null,
): Result<Authorised, Refusal> {
  const decided = verdictAbout(deciding, asking, input, about)
  const { core } = decided.verdict
  if (core.decision === "allow") return ok(decided)
  return err(refusal(decided.verdict, asking.caller.principal, asking.contract))
}

/** The verdict behind a decision. An execution that it is about is its resource. */
export function verdictAbout(
  { environment, policies, now }: Deciding,
  { caller, contract, chain }: Asking,
  input: Json,
  about: About | null,
): Authorised {
  const { assurance, channel, tenant } = caller
  const by = { assurance, channel, now }
  const request = callRequestOf({ environment, tenant, contract, input, chain, about, by })
  return { request, verdict: policies.decide(request) }
}

/** The refusal of a caller whose assurance is lower than one of the contracts requires; null when it suffices. */
export function tooWeak(
  { assurance }: Pick<Caller, "assurance">,
  contracts: readonly Pick<Callable, "auth">[],
): Refusal | null {
  const wanted = contracts.find(({ auth }) => !assuranceCovers(assurance, auth.assurance))
  return wanted === undefined ? null : refuse("ASSURANCE_TOO_LOW", { assurance: wanted.auth.assurance })
}

/**
 * True when the caller holds a grant of any scope for the contract's capability that has not expired. Ignores a grant that
 * this kind of principal cannot use, so the answer is the same for every object, absent ones included.
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

/** The problem that a denial is answered with; a foreign object and an absent one give the same. */
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

/** The human for whom a caller acts, when it may; the problem when it may not. */
export async function delegation(
  directory: Directory,
  caller: Caller,
  human: HumanId | undefined,
): Promise<Result<HumanId | null, Refusal>> {
  if (human === undefined) return ok(null)
  const allowed = await directory.delegated(caller.tenant, caller.principal, human)
  return allowed ? ok(human) : err(refuse("DELEGATION_MISSING", { principal: caller.principal, human }))
}
