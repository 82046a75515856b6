// Whether the people of a tenant could fill the quorum of a step that is held for one of them.
// Owns: trying everyone at each level. Does not own: who may review (can-review.ts), nor counting (tally-reviews.ts).
// Keeps INV-06: the person who asks fills no slot.

import {
  ApprovalId,
  HumanId,
  type ChainMember,
  type ExecutionId,
  type Obligations,
  type ReviewFact,
  type Time,
} from "@counterfoil/contracts"
import { approvalLevel } from "../reviews/approval-level.ts"
import { canReview, type ReviewedRequest } from "../reviews/can-review.ts"
import { tallyReviews } from "../reviews/tally-reviews.ts"

/** A held step: what it asks, the requester, and who could answer with which grants. */
export interface HeldStep {
  readonly executionId: ExecutionId
  readonly obligations: Obligations
  readonly asker: ChainMember
  /** Everyone in any order, anew at each call: no more of them are looked at than it takes. */
  readonly people: () => Iterable<ChainMember>
  readonly now: Time
  /** Whether the rules let this person see and answer requests at all. */
  readonly reviews: (person: ChainMember) => boolean
}

/** True when enough people could approve, each with its own key, before the last level ends. */
export function isFillable({ executionId, obligations, asker, people, now, reviews }: HeldStep): boolean {
  const levels = Array.from({ length: obligations.escalateTo.length + 1 }, (_, level) =>
    approvalLevel(obligations, level),
  )
  return levels.some(({ obligations: asked }) => {
    const request: ReviewedRequest = {
      tenant: asker.tenant,
      executionId,
      obligations: asked,
      chain: [asker],
      authors: [],
      breakGlassHolder: null,
    }
    const approvals: ReviewFact[] = []
    for (const person of people()) {
      const right = canReview(request, { ...person, assurance: "key", earlier: [] }, "approve", now)
      if (!right.allowed || !reviews(person)) continue
      approvals.push({
        approvalId: anyApproval,
        human: HumanId.parse(person.id),
        decision: "approve",
        roles: right.roles,
        assurance: "key",
      })
      if (tallyReviews(asked, approvals, []).missing.length === 0) return true
    }
    return false
  })
}

// Which request it is plays no part in the count.
const anyApproval = ApprovalId.parse("apr_00000000000000000000000000")
