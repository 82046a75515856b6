// Why somebody cannot review, in the words of the error table; and the same answer for the queue, before anybody tries.
// Owns: the mapping and the look-up for one row. Does not own: the rule (policy canReview).

import {
  executionApprove,
  peopleBehind,
  refuse,
  type ChainMember,
  type PrincipalId,
  type Refusal,
} from "@counterfoil/contracts"
import type { ApprovalRow } from "@counterfoil/contracts/ports"
import { chainNow } from "@counterfoil/executor"
import { canReview, type ReviewRefusal } from "@counterfoil/policy"
import type { Caller } from "./caller.ts"
import type { Services } from "./service.ts"

/** The refusal for a bar; which part a person plays is told when it is the bar. */
export function reviewProblem(
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

/** Why the caller may not approve this row; null when it may. Reviewers of the queue see the same answer that a review gets. */
export async function reviewBar(
  { world }: Services,
  caller: Caller,
  row: ApprovalRow,
): Promise<Refusal | null> {
  if (row.status !== "open" && row.status !== "approved")
    return refuse("APPROVAL_CLOSED", { status: row.status })
  const { directory } = world.store
  const member = await directory.member(caller.tenant, caller.principal, executionApprove.capability)
  if (member === null) return refuse("UNAUTHENTICATED", {})
  const ids = row.onBehalfOf === null ? [row.requester] : [row.requester, row.onBehalfOf]
  const chain = await chainNow(world, caller.tenant, ids, executionApprove.capability)
  const approved = row.quorum.met.some(({ human }) => String(human) === String(caller.principal))
  const right = canReview(
    {
      tenant: row.tenant,
      obligations: row.obligations,
      chain,
      authors: row.excluded,
      breakGlassHolder: null,
    },
    // Whether the caller has signed with its own key is seen when it does; until then that bar is not one.
    { ...member, assurance: "key", earlier: approved ? ["approve"] : [] },
    "approve",
    world.clock.now(),
  )
  return right.allowed
    ? null
    : reviewProblem(right.because, { approval: { ...row, chain }, principal: caller.principal })
}
