// What the executor and the gate need of policy: one activated set that decides, and the tally of reviews.
// Owns: the interface. Does not own: Cedar, tiers, obligations (policy).

import type { QuorumState, ReviewFact } from "../approval/approval.ts"
import type { Obligations, Verdict, VerdictCore } from "../policy/verdict.ts"
import type { PolicyRequest } from "../policy/request.ts"
import type { ContractRef, Digest, HumanId, PrincipalId, RuleId } from "../primitives.ts"

/** A policy set that was parsed, linted and found whole. `decide` is total: it never throws (INV-04). */
export interface Policies {
  readonly digest: Digest
  readonly engineDigest: Digest
  decide(request: PolicyRequest): Verdict
  /** Why a verdict of this set holds a step: what raised its tier or asks for people, a rule or the contract's floor. */
  holdReasonsOf(core: VerdictCore): readonly { readonly ruleId: RuleId; readonly text: string }[]
  /**
   * The resources that the rules about a contract name themselves, as `kind:id`, sorted. A decision about any other
   * resource of a kind is the same for all of that kind, since a rule has no other way to tell two of them apart.
   */
  resourcesNamed(contract: ContractRef): readonly string[]
  /** The `@reason` of rules, in the order asked for; unknown ids are left out. */
  reasonsOf(ruleIds: readonly RuleId[]): readonly { readonly ruleId: RuleId; readonly text: string }[]
}

/** Counts reviews against obligations: pure, the same in the executor and in a replay. */
export type TallyReviews = (
  obligations: Obligations,
  reviews: readonly ReviewFact[],
  excluded: readonly (HumanId | PrincipalId)[],
) => QuorumState
