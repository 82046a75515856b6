// Whether a person may review a request, as an error code: one answer for the queue and for the review.
// Owns: seeing, using and answering in one question. Does not own: the rule of answering (policy canReview).
// Keeps INV-06 and INV-10: a caller who may not see a request may not answer it, and gets the same answer as for an absent one.

import {
  err,
  executionApprove,
  hasDigest,
  invariant,
  isAnswerable,
  ok,
  peopleBehind,
  refuse,
  type Assurance,
  type Callable,
  type ChainMember,
  type executionReject,
  type PrincipalId,
  type Refusal,
  type Result,
  type ReviewDecision,
  type RoleName,
} from "@counterfoil/contracts"
import type { ApprovalRow, OwnedExecution } from "@counterfoil/contracts/ports"
import { chainNow } from "@counterfoil/round"
import { canReview, type ReviewedRequest, type ReviewRefusal } from "@counterfoil/policy"
import { aboutOf, decideAbout, unfitFor, type Authority } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import type { Services } from "./service.ts"
import { goneContract } from "./hindrance.ts"
import { rowsBy } from "./showing.ts"

/** The refusal for a bar; it names the person's part in the execution where that part is the reason. */
function reviewProblem(
  because: ReviewRefusal,
  about: {
    readonly approval: Pick<ApprovalRow, "obligations"> & {
      readonly chain: readonly Pick<ChainMember, "id" | "owner" | "custodians">[]
    }
    readonly principal: PrincipalId
  },
): Refusal {
  switch (because) {
    case "NOT_AN_APPROVER":
      return refuse("NOT_AN_APPROVER", { because: "you hold no role that it needs" })
    case "GRANT_MISSING":
      return refuse("GRANT_MISSING", { principal: about.principal, capability: executionApprove.capability })
    case "ALREADY_REVIEWED":
      return refuse("ALREADY_REVIEWED", {})
    case "ASSURANCE_TOO_LOW":
      return refuse("ASSURANCE_TOO_LOW", { assurance: about.approval.obligations.assurance })
    case "SEPARATION_OF_DUTIES":
      return refuse("SEPARATION_OF_DUTIES", { role: partOf(about) })
  }
}

function partOf({
  approval: { chain },
  principal,
}: Parameters<typeof reviewProblem>[1]):
  | "requester"
  | "beneficiary"
  | "agent owner"
  | "custodian"
  | "author" {
  const [requester, ...others] = chain
  if (requester?.id === principal) return "requester"
  if (others.some(({ id }) => id === principal)) return "beneficiary"
  if (chain.some(({ owner }) => String(owner) === String(principal))) return "agent owner"
  return chain.some((member) => peopleBehind(member).some((human) => String(human) === String(principal)))
    ? "custodian"
    : "author"
}

/** A review that a person would give: of which request, in which capacity, after which answers of their own. */
interface WouldReview {
  readonly caller: Caller
  readonly contract: typeof executionApprove | typeof executionReject
  readonly decision: ReviewDecision
  readonly owned: OwnedExecution
  readonly request: Pick<ReviewedRequest, "obligations" | "authors" | "chain">
  readonly assurance: Assurance
  readonly earlier: readonly ReviewDecision[]
}

/**
 * The roles that a review counts for, or why it may not be given: the one answer for the queue and for the review itself.
 * A request that the queue does not show the caller gives the answer of an absent one.
 */
export async function mayReview(
  authority: Authority,
  { caller, contract, decision, owned, request, assurance, earlier }: WouldReview,
): Promise<Result<readonly RoleName[], Refusal>> {
  const { tenant, principal } = caller
  const list = rowsBy.approvals
  // So that one read of the caller, made under the lock of an execution, is enough for all three decisions.
  invariant(contract.capability === list.capability, "INV-04", { contract: contract.ref, list: list.ref })
  const member = await authority.directory.member(tenant, principal, contract.capability)
  if (member === null) return err(refuse("UNAUTHENTICATED", {}))
  const mayUse = (used: Callable) => {
    const unfit = unfitFor(caller, used)
    if (unfit !== null) return err(unfit)
    return decideAbout(authority, { caller, contract: used, chain: [member] }, {}, aboutOf(owned))
  }
  if (!mayUse(list).ok) return err(noSuchRequest)
  const allowed = mayUse(contract)
  if (!allowed.ok) return allowed
  const { executionId } = owned
  const right = canReview(
    { ...request, tenant, executionId, breakGlassHolder: null },
    { ...member, assurance, earlier },
    decision,
    authority.now,
  )
  return right.allowed ? ok(right.roles) : err(reviewProblem(right.because, { approval: request, principal }))
}

/** The answer about a request that does not exist, or that the caller does not see. */
export const noSuchRequest = refuse("NOT_FOUND", { type: "Approval" })

/** Why the caller may not approve this row; null when it may. Reviewers of the queue see the same answer that a review gets. */
export async function reviewBar(
  { world, registry }: Services,
  authority: Authority,
  caller: Caller,
  row: ApprovalRow,
): Promise<Refusal | null> {
  if (!isAnswerable(row.status)) return refuse("APPROVAL_CLOSED", { status: row.status })
  const approved = row.quorum.met.some(({ human }) => String(human) === String(caller.principal))
  const right = await mayReview(authority, {
    caller,
    contract: executionApprove,
    decision: "approve",
    owned: row,
    request: {
      obligations: row.obligations,
      authors: row.excluded,
      chain: await chainNow(
        world.store.directory,
        caller.tenant,
        aboutOf(row).owners,
        executionApprove.capability,
      ),
    },
    // The review itself checks whether the caller signed with its own key; until then that is not a bar.
    assurance: "key",
    earlier: approved ? ["approve"] : [],
  })
  if (!right.ok) return right.error
  const { ref, digest } = row.contract
  return hasDigest(registry.find(ref), digest) ? null : goneContract(ref)
}
