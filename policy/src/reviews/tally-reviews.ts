// The tally: which slots of a quorum the reviews fill. Pure, the same in the executor and in a replay.
// Owns: who counts, and the matching of people to slots. Does not own: who may review (can-review.ts).
// Keeps INV-06: an excluded person fills no slot, and one person fills one slot, with any number of roles.

import {
  assuranceCovers,
  type HumanId,
  type Obligations,
  type PrincipalId,
  type QuorumState,
  type ReviewFact,
  type RoleName,
} from "@counterfoil/contracts"
import type { TallyReviews } from "@counterfoil/contracts/ports"

/**
 * Counts reviews, given in the order in which they were made, against the quorum. A person's last answer counts:
 * a withdrawal or a rejection takes an earlier approval back. `missing` is empty exactly when the quorum is met.
 */
export const tallyReviews: TallyReviews = (obligations, reviews, excluded) => {
  const needed = [...obligations.quorum].sort((a, b) => (a.role < b.role ? -1 : 1))
  const slots = needed.flatMap(({ role, count }) => Array.from({ length: count }, () => role))
  const humans = approvers(obligations, reviews, excluded)
  const filled = matching(slots, humans)
  const met = slots.flatMap((role, slot) => {
    const human = filled.get(slot)
    return human === undefined ? [] : [{ role, human: human.human }]
  })
  // Slot by slot, not by role: where two parts of a quorum name one role, a person fills a slot of one of them.
  let next = 0
  const missing = needed.flatMap(({ role, count }) => {
    const from = next
    next += count
    const open = slots.slice(from, next).filter((_, i) => !filled.has(from + i)).length
    return open > 0 ? [{ role, count: open }] : []
  })
  return { needed, met: [...met].sort(byRoleAndHuman), missing }
}

/** The people whose last answer is a sufficiently sure approval, sorted by id. */
function approvers(
  obligations: Obligations,
  reviews: readonly ReviewFact[],
  excluded: readonly (HumanId | PrincipalId)[],
): readonly ReviewFact[] {
  const standing = new Map<HumanId, ReviewFact>()
  for (const review of reviews) standing.set(review.human, review)
  return [...standing.values()]
    .filter(
      ({ human, decision, assurance }) =>
        decision === "approve" &&
        !excluded.includes(human) &&
        assuranceCovers(assurance, obligations.assurance),
    )
    .sort((a, b) => (a.human < b.human ? -1 : 1))
}

/** A maximum matching of people to slots by augmenting paths, in sorted order. Source: Kuhn (1955). */
function matching(
  slots: readonly RoleName[],
  humans: readonly ReviewFact[],
): ReadonlyMap<number, ReviewFact> {
  const filled = new Map<number, ReviewFact>()
  const place = (human: ReviewFact, tried: Set<number>): boolean =>
    slots.some((role, slot) => {
      if (tried.has(slot) || !human.roles.includes(role)) return false
      tried.add(slot)
      const holder = filled.get(slot)
      if (holder !== undefined && !place(holder, tried)) return false
      filled.set(slot, human)
      return true
    })
  for (const human of humans) place(human, new Set())
  return filled
}

type Met = QuorumState["met"][number]
const byRoleAndHuman = (a: Met, b: Met): number =>
  a.role === b.role ? (a.human < b.human ? -1 : 1) : a.role < b.role ? -1 : 1
