// How much deriving a trace again may take: the author of a bundle chooses how many steps and requests each entry is looked at with,
// and how many rules decide. Owns: counting it before it is done, so that the same bundle always comes equally far.

import type { Fact } from "@counterfoil/contracts"
import { isLive, type Execution } from "@counterfoil/executor/core"
import type { Sources } from "./derivation.ts"
import type { RecordedPolicies } from "./recorded-policies.ts"

/** In steps of about a nanosecond: half a minute on a laptop. The largest plans with all their requests take a few seconds. */
export const derivationStepsMax = 30_000_000_000

/** Each is looked at for what is due, and copied for what follows. */
const stepsPerStep = 300
const stepsPerRequest = 30
const stepsPerReview = 5
const stepsPerVerdict = 200_000
const stepsPerRule = 2_000

/** The steps that an entry takes after this state. */
export function stepsAt(
  execution: Execution | null,
  fact: Fact,
  { policies }: Pick<Sources, "policies">,
): number {
  return (execution === null ? 0 : looking(execution)) + (policies === null ? 0 : deciding(fact, policies))
}

function looking({ steps, approvals }: Execution): number {
  const held = steps.filter(({ state }) => state.status === "held").length
  const live = approvals.filter(isLive).length
  const reviews = approvals.reduce((sum, one) => sum + one.reviews.length, 0)
  return (
    steps.length * stepsPerStep +
    approvals.length * stepsPerRequest +
    reviews * stepsPerReview +
    held * approvals.length +
    live * steps.length
  )
}

function deciding(fact: Fact, policies: RecordedPolicies): number {
  if (fact.kind !== "controlPlane.policy.decided@1") return 0
  const { verdict, request } = fact.payload
  const rules = policies(verdict.circumstances.policySetDigest, request.call.now)?.rules.length ?? 0
  return stepsPerVerdict + stepsPerRule * rules
}
