// Stage 4 over a whole draft: every value of every step, and the output.
// Owns: which parts of a draft can name the intent's input. Does not own: how one is substituted (substitute.ts).

import {
  isObject,
  type Json,
  type JsonObject,
  type PlanDraft,
  type PlanRejection,
  type Result,
  type StepKey,
} from "@counterfoil/contracts"
import { stage } from "./rejection.ts"
import { Substitution, type IntentInput } from "./substitute.ts"

/** A step of a draft whose values refer to earlier steps only. */
export interface SubstitutedStep {
  readonly key: StepKey
  readonly index: number
  readonly input: Json
  readonly after: readonly string[]
  readonly when: Json
  readonly each: JsonObject | null
  readonly undo: boolean
  /** The step for which the planner added this one, to read what it acts on; null for a step of the draft itself. */
  readonly readsFor: StepKey | null
}

/** A draft whose values refer to earlier steps only; steps keep their order. */
export interface SubstitutedDraft {
  readonly steps: readonly SubstitutedStep[]
  readonly output: Json
}

/** The draft without references to the intent. An input that is left out is an empty object, an output is null. */
export function substituteDraft(
  draft: PlanDraft,
  intent: IntentInput | null,
): Result<SubstitutedDraft, readonly PlanRejection[]> {
  const substitution = new Substitution(intent)
  const steps = draft.steps.map((step, index): SubstitutedStep => {
    const at = `/steps/${index}`
    const each = step.each === undefined ? null : asObject(step.each)
    const over = each?.["over"]
    return {
      // Stage 2 has parsed the key.
      key: step.key as StepKey,
      index,
      input: substitution.value(step.input ?? {}, `${at}/input`),
      after: step.after ?? [],
      when: substitution.condition(step.when ?? true, `${at}/when`),
      each: over === undefined ? each : { ...each, over: substitution.value(over, `${at}/each/over`) },
      undo: step.undo ?? false,
      readsFor: null,
    }
  })
  const output = substitution.value(draft.output ?? null, "/output")
  return stage({ steps, output }, substitution.problems)
}

const asObject = (value: Json): JsonObject | null => (isObject(value) ? value : null)
