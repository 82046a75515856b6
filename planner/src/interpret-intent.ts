// From an intent to a draft: the plan function of an intent contract, or the one step of a direct call.
// Owns: what a plan function that drew nothing is refused with. Does not own: calling one (contracts), text, which an
// interpreter reads elsewhere, nor any check of the draft (compile-plan.ts).

import {
  asLiteral,
  drawPlan,
  err,
  type Callable,
  type Intent,
  type Json,
  type PlanDraft,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { rejection } from "./rejection.ts"

/** The arguments of a plan function. `input` has been parsed with the contract. */
export interface IntentQuestion {
  readonly contract: Pick<Intent, "ref" | "plan">
  readonly input: Json
}

/**
 * The draft that an intent contract's plan function draws.
 * Errors: PLAN_FUNCTION_FAILED when it throws, answers no draft or a promise, answers twice differently, or reads anything
 * beside its input.
 */
export function interpretIntent({
  contract,
  input,
}: IntentQuestion): Result<PlanDraft, readonly PlanRejection[]> {
  const draft = drawPlan(contract, input)
  return draft.ok
    ? draft
    : err([rejection("PLAN_FUNCTION_FAILED", "", `The plan function of ${contract.ref} ${draft.error}.`)])
}

/** The draft of a command or query that was submitted itself: one step `call`, whose output is the output. */
export function singleStepDraft(contract: Pick<Callable, "ref">, input: Json): PlanDraft {
  return {
    format: "counterfoil.draft/1",
    steps: [{ key: "call", contract: contract.ref, input: asLiteral(input) }],
    output: { $from: "call", at: "" },
  }
}
