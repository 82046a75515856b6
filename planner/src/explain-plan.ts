// A plan as a tree of English words: the same text in tests, command line, console and documents.
// Owns: the layout of a plan with its verdicts. Does not own: executions or single verdicts (their own explain functions).
// It never holds text from outside, such as `because` of a draft or the text of an input.

import {
  canonicalBytes,
  higherTier,
  type Plan,
  type PlanStep,
  type Tier,
  type Verdict,
} from "@counterfoil/contracts"
import { digestOf, planIdOf } from "@counterfoil/contracts/digest"

type Decided = Pick<Verdict, "core">

/** What was decided about one step of the plan. */
export interface StepVerdict {
  readonly key: string
  readonly verdict: Decided
}

/**
 * The tree of a plan: a head line, then one line a step in plan order. Without verdicts it shows the floors.
 * Lines end in no space; there is no newline at the end.
 */
export function explainPlan(plan: Plan, verdicts: readonly StepVerdict[] = []): string {
  const byKey = new Map(verdicts.map(({ key, verdict }) => [key, verdict]))
  const rows = plan.steps.map((step) => cellsOf(step, byKey.get(step.key)))
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column].length)))
  const lines = rows.map((row, index) => {
    const branch = index === rows.length - 1 ? "└─" : "├─"
    const cells = columns.map((column, place) => row[column].padEnd(widths[place] ?? 0))
    return `${branch} ${cells.join("  ")}`.trimEnd()
  })
  return [headOf(plan, byKey), ...lines].join("\n")
}

interface Cells {
  readonly key: string
  readonly contract: string
  readonly effect: string
  readonly tier: string
  readonly decision: string
  readonly because: string
  readonly rest: string
}
const columns = ["key", "contract", "effect", "tier", "decision", "because", "rest"] as const

function headOf(plan: Plan, verdicts: ReadonlyMap<string, Decided>): string {
  const count = `${plan.steps.length} ${plan.steps.length === 1 ? "step" : "steps"}`
  const tier = plan.steps.reduce<Tier>(
    (highest, step) => higherTier(highest, verdicts.get(step.key)?.core.tier ?? step.floor),
    "low",
  )
  const decided = [...verdicts.values()].map((verdict) => verdict.core.decision)
  const held = decided.filter((decision) => decision === "hold").length
  const denied = decided.filter((decision) => decision === "deny").length
  return [
    planIdOf(digestOf("counterfoil.plan.v1", canonicalBytes(plan))).slice(0, shortIdCharacters),
    plan.intent?.contract ?? "draft",
    count,
    ...(decided.length === 0 ? [] : [`held: ${held}`]),
    ...(denied === 0 ? [] : [`denied: ${denied}`]),
    `tier ${tier}`,
  ].join("  ")
}

// `pln_` and four characters: enough to tell plans on one screen apart; a reader who needs more has the digest.
const shortIdCharacters = 8

function cellsOf(step: PlanStep, verdict: Decided | undefined): Cells {
  return {
    key: step.key,
    contract: step.contract,
    effect: step.effect,
    tier: verdict?.core.tier ?? step.floor,
    decision: verdict === undefined ? "open" : verdict.core.decision,
    because: becauseOf(step, verdict),
    rest: restOf(step),
  }
}

function becauseOf(step: PlanStep, verdict: Decided | undefined): string {
  const quorum = verdict?.core.obligations?.quorum
    .map(({ role, count }) => `${count} of ${role}`)
    .join(" and ")
  const rules =
    verdict === undefined
      ? []
      : verdict.core.forbids.length > 0
        ? verdict.core.forbids
        : verdict.core.determining
  const blocked = verdict?.core.blockReason ?? null
  const reasons = [
    ...(blocked === null ? [] : [blocked]),
    ...rules,
    ...step.taint.map((field) => `${field === "" ? "input" : field} comes from outside`),
  ]
  return [
    ...(quorum === undefined ? [] : [quorum]),
    ...(reasons.length === 0 ? [] : [`(${reasons.join(", ")})`]),
  ].join("  ")
}

function restOf(step: PlanStep): string {
  return [
    ...(step.after.length === 0 ? [] : [`after: ${step.after.join(", ")}`]),
    ...(step.needs.length === 0 ? [] : [`needs: ${step.needs.join(", ")}`]),
    ...(step.when === null ? [] : [step.when === false ? "never" : "conditional"]),
    ...(step.each === null ? [] : [`each: at most ${step.each.max}`]),
    ...(step.undo === null ? [] : [`undo: ${step.undo.contract}`]),
  ].join("  ")
}
