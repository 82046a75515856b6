// Why a step is held, in the words of what holds it: the rules that raised its tier or ask for people, the contract's floor where
// that is higher than any rule's tier, and the mode map where a low tier is held.
// Does not own: the verdict (decide/decide.ts), nor why a step is denied.

import { RuleId, tiers, type Tier, type VerdictCore } from "@counterfoil/contracts"
import type { Rule } from "./rule.ts"

/** One reason, with the rule that gives it or the name of what holds a step without being a rule. */
interface HoldReason {
  readonly ruleId: RuleId
  readonly text: string
}

// The names of what holds a step without being a rule.
const floorReasonId = RuleId.parse("contract.floor")
const modeReasonId = RuleId.parse("policy.mode-map")

/** The reasons of a hold, those that decide first; `permits` are the rules that allowed it. */
export function holdReasonsOf(
  { tier, mode, floor }: VerdictCore,
  permits: readonly Pick<Rule, "id" | "tier" | "reason" | "ask">[],
): readonly HoldReason[] {
  const height = (of: Tier): number => tiers.indexOf(of)
  const raised = permits.filter((permit) => permit.tier !== "low" && permit.tier === tier)
  const asking = permits.filter((permit) => permit.ask.quorum !== null && !raised.includes(permit))
  const byFloor =
    raised.length === 0 && tier !== "low" && permits.every((one) => height(one.tier) < height(tier))
  const reasons = [
    ...(byFloor ? [{ ruleId: floorReasonId, text: floorText(tier, floor.because) }] : []),
    ...[...raised, ...asking].map(({ id, reason }) => ({ ruleId: id, text: reason })),
  ]
  return reasons.length > 0
    ? reasons
    : [{ ruleId: modeReasonId, text: `The mode map sets ${mode} for tier ${tier}, so people look first.` }]
}

function floorText(tier: Tier, because: readonly string[]): string {
  const said = because.map((cause) => {
    const [what = "", ...rest] = cause.split(" ")
    const detail = rest.join(" ")
    switch (what) {
      case "class":
        return `its effect class is ${detail.replace(" irreversible", " and it cannot be undone")}`
      case "own":
        return `it asks for tier ${detail} itself`
      default:
        return `the value at ${detail} comes from outside`
    }
  })
  return `The contract is never judged below tier ${tier}: ${said.join(", ")}.`
}
