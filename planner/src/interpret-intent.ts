// From an intent to a draft: the plan function of an intent contract, or the one step of a direct call.
// Owns: calling a plan function so that it can only be a function. Does not own: text, which an interpreter reads
// elsewhere, nor any check of the draft (compile-plan.ts).
// Keeps INV-08: a plan function that answers differently twice is refused, so replay derives what was recorded.

import {
  asLiteral,
  canonical,
  draftOf,
  err,
  isList,
  ok,
  type Callable,
  type Intent,
  type Json,
  type PlanDraft,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { rejection } from "./rejection.ts"

/** What a plan function is called with. `input` has been parsed with the contract. */
export interface IntentQuestion {
  readonly contract: Pick<Intent, "ref" | "plan">
  readonly input: Json
}

/**
 * The draft that an intent contract's plan function draws. It is called twice, each time on a frozen copy of its own.
 * Errors: PLAN_FUNCTION_FAILED when it throws, answers no draft, or answers twice differently.
 */
export function interpretIntent({
  contract,
  input,
}: IntentQuestion): Result<PlanDraft, readonly PlanRejection[]> {
  const first = drawn(contract, input)
  const second = drawn(contract, input)
  if (first === null || second === null)
    return err([failed(`The plan function of ${contract.ref} threw or drew no draft.`)])
  if (first.text !== second.text)
    return err([failed(`The plan function of ${contract.ref} drew two different drafts from one input.`)])
  return ok(first.draft)
}

/** The draft of a command or query that was submitted itself: one step `call`, whose output is the output. */
export function singleStepDraft(contract: Pick<Callable, "ref">, input: Json): PlanDraft {
  return {
    format: "counterfoil.draft/1",
    steps: [{ key: "call", contract: contract.ref, input: asLiteral(input) }],
    output: { $from: "call", at: "" },
  }
}

const failed = (message: string): PlanRejection => rejection("PLAN_FUNCTION_FAILED", "", message)

// A plan function is its author's code: whatever it throws is its failure, not ours.
function drawn(
  contract: IntentQuestion["contract"],
  input: Json,
): { readonly draft: PlanDraft; readonly text: string } | null {
  try {
    // Values that look like references are wrapped, so that a plan function can pass them on without giving them a meaning.
    const draft = draftOf(contract.plan(frozen(asLiteral(input))))
    return { draft, text: canonical(draft) }
  } catch {
    return null
  }
}

function frozen(value: Json): Json {
  if (value === null || typeof value !== "object") return value
  if (isList(value)) return Object.freeze(value.map(frozen))
  return Object.freeze(
    Object.fromEntries(Object.entries(value).map(([key, member]) => [key, frozen(member)])),
  )
}
