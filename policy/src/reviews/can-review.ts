// Separation of duties: who may answer an approval request, and why not.
// Owns: the rule, computed the same for the queue, the review and the consumption. Does not own: looking people up.
// Keeps INV-06: requester, the human it acts for and the authors never approve; agents, services and tools never review.

import {
  assuranceCovers,
  executionApprove,
  executionReject,
  grantCovers,
  peopleBehind,
  type Assurance,
  type ChainMember,
  type ExecutionId,
  type HumanId,
  type Obligations,
  type PrincipalId,
  type ReviewDecision,
  type RoleName,
  type TenantId,
  type Time,
} from "@counterfoil/contracts"
import { breakGlassRole } from "../decide/obligations.ts"

/** What of a request decides who may answer it. */
export interface ReviewedRequest {
  readonly tenant: TenantId
  /** The execution whose step is held: what a grant that names executions has to name. */
  readonly executionId: ExecutionId
  readonly obligations: Obligations
  /** From the caller to the human it acts for, as the directory knows them now. */
  readonly chain: readonly Pick<ChainMember, "id" | "kind" | "owner" | "custodians" | "roles">[]
  /** Those who drew, edited or resubmitted the plan. */
  readonly authors: readonly PrincipalId[]
  /** The holder of the break-glass session that the request was made under; null when there was none. */
  readonly breakGlassHolder: HumanId | PrincipalId | null
}

/** A would-be reviewer as the directory knows it now; `grants` are those for `control-plane.approval`. */
export interface Reviewer extends Pick<
  ChainMember,
  "id" | "kind" | "tenant" | "enabled" | "roles" | "grants"
> {
  readonly assurance: Assurance
  /** Its answers to this request so far, oldest first. */
  readonly earlier: readonly ReviewDecision[]
}

/** Why a person may not review; the names are error codes. */
export type ReviewRefusal =
  | "NOT_AN_APPROVER"
  | "GRANT_MISSING"
  | "SEPARATION_OF_DUTIES"
  | "ALREADY_REVIEWED"
  | "ASSURANCE_TOO_LOW"

/** Whether a person may review, the roles that the review counts for, and why not. */
export type ReviewRight =
  | { readonly allowed: true; readonly roles: readonly RoleName[] }
  | { readonly allowed: false; readonly because: ReviewRefusal }

/** The people of the chain and the authors, sorted: they never count (INV-06). With `sameTeam` only `canReview` can tell the rest. */
export function excludedReviewers(request: ReviewedRequest): readonly (HumanId | PrincipalId)[] {
  const owners = request.obligations.exclude.includes("agentOwner") ? request.chain.flatMap(peopleBehind) : []
  const excluded = new Set<HumanId | PrincipalId>([
    ...request.chain.map(({ id }) => id),
    ...request.authors,
    ...owners,
  ])
  // The one recorded exception: inside an open break-glass session its holder answers for itself.
  if (request.breakGlassHolder !== null) excluded.delete(request.breakGlassHolder)
  return [...excluded].sort()
}

/** Whether `reviewer` may give `decision` on `request` at `now`. Total; the first reason that applies is the answer. */
export function canReview(
  request: ReviewedRequest,
  reviewer: Reviewer,
  decision: ReviewDecision,
  now: Time,
): ReviewRight {
  const roles = neededRoles(request, reviewer)
  const refusal = refusalOf(request, reviewer, decision, now, roles)
  return refusal === null ? { allowed: true, roles } : { allowed: false, because: refusal }
}

function refusalOf(
  request: ReviewedRequest,
  reviewer: Reviewer,
  decision: ReviewDecision,
  now: Time,
  roles: readonly RoleName[],
): ReviewRefusal | null {
  if (reviewer.kind !== "human" || !reviewer.enabled || reviewer.tenant !== request.tenant)
    return "NOT_AN_APPROVER"
  if (!holdsGrant(request, reviewer, decision, now)) return "GRANT_MISSING"
  if (excludedReviewers(request).includes(reviewer.id)) return "SEPARATION_OF_DUTIES"
  if (sharesTeam(request, reviewer)) return "SEPARATION_OF_DUTIES"
  if (roles.length === 0) return "NOT_AN_APPROVER"
  if (!mayFollow(reviewer.earlier, decision)) return "ALREADY_REVIEWED"
  // Saying no needs no more certainty than a session; only an approval can do harm.
  if (decision === "approve" && !assuranceCovers(reviewer.assurance, request.obligations.assurance))
    return "ASSURANCE_TOO_LOW"
  return null
}

/** A grant for the answer that covers this execution: contracts, resources and level count as for any other call. */
function holdsGrant(
  { executionId, chain }: ReviewedRequest,
  reviewer: Reviewer,
  decision: ReviewDecision,
  now: Time,
): boolean {
  const contract = decision === "approve" ? executionApprove : executionReject
  const question = {
    capability: contract.capability,
    contract,
    resource: { kind: "execution", id: executionId },
    object: { owners: chain.map(({ id }) => id), roles: [] },
    now,
  }
  return reviewer.grants.some((grant) => grantCovers(grant, reviewer, question))
}

/** The roles of the quorum that the reviewer has; the holder of the break-glass session has its role and no other. */
function neededRoles(
  { obligations, breakGlassHolder }: ReviewedRequest,
  reviewer: Reviewer,
): readonly RoleName[] {
  const has = (role: RoleName): boolean =>
    role === breakGlassRole ? reviewer.id === breakGlassHolder : reviewer.roles.includes(role)
  return obligations.quorum
    .map(({ role }) => role)
    .filter(has)
    .sort()
}

/** With `sameTeam`: the reviewer shares a role with a member of the chain, other than the role it is asked in. */
function sharesTeam({ obligations, chain }: ReviewedRequest, reviewer: Reviewer): boolean {
  if (!obligations.exclude.includes("sameTeam")) return false
  const asked = new Set(obligations.quorum.map(({ role }) => role))
  return chain.some((member) =>
    member.roles.some((role) => !asked.has(role) && reviewer.roles.includes(role)),
  )
}

/** One active answer a person: a rejection may follow an approval, a withdrawal takes an approval back. */
function mayFollow(earlier: readonly ReviewDecision[], decision: ReviewDecision): boolean {
  const last = earlier.at(-1)
  switch (decision) {
    case "approve":
      return last === undefined || last === "withdraw"
    case "reject":
      return last !== "reject"
    case "withdraw":
      return last === "approve"
  }
}
