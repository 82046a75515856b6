// Stages 5, 7 and 8: every step against its contract and the steps before it.
// Owns: the order of the checks within a step, its needs and its taint. Does not own: any single check.

import {
  StepKey,
  instancesPerPlanMax,
  referencesOf,
  referencesPerStepMax,
  rejectionsMax,
  type Json,
  type JsonSchema,
  type PlanEach,
  type PlanRejection,
  type PlanUndo,
  type RejectionCode,
  type Result,
} from "@counterfoil/contracts"
import { checkCondition } from "./check-condition.ts"
import { eachBounds, elementFlow, type CheckedEach } from "./check-each.ts"
import { checkInput, holdsReference, wholePlace } from "./check-input.ts"
import { type Surroundings } from "./surroundings.ts"
import { checkUndo } from "./check-undo.ts"
import { flowOf, type Flow } from "./navigate.ts"
import { parseProblems, respelledInput } from "./parse-input.ts"
import type { PlannerCallable, PlannerContracts } from "./planner-contracts.ts"
import { inputTypeOf } from "./read-state.ts"
import { byText, rejection, stage } from "./rejection.ts"
import { anyType, arrayOf, either, nullType, typeOf } from "@counterfoil/contracts/shape"
import type { SubstitutedDraft, SubstitutedStep } from "./substitute-draft.ts"

/** A step that passed every check. `index` is its place in the draft; lists are sorted. */
export interface CheckedStep {
  readonly key: StepKey
  readonly index: number
  readonly contract: PlannerCallable
  readonly input: Json
  readonly needs: readonly StepKey[]
  readonly after: readonly StepKey[]
  readonly when: Json
  readonly each: PlanEach | null
  readonly undo: PlanUndo | null
  readonly taint: readonly string[]
}

/** A draft with the contract of each step, in the same order. */
interface StepsQuestion {
  readonly draft: SubstitutedDraft
  readonly callables: readonly PlannerCallable[]
  readonly contracts: PlannerContracts
  /** What the submitted contract promises as output, or null when there is none. */
  readonly outputSchema: JsonSchema | null
  readonly literalsTainted: boolean
}

/** The checked steps, in the draft's order. */
export function checkSteps(
  question: StepsQuestion,
): Result<readonly CheckedStep[], readonly PlanRejection[]> {
  const { draft, callables, literalsTainted } = question
  const limits = referenceProblems(draft)
  if (limits.length > 0) return stage([], limits)
  const outputs = outputsOf(draft, callables)
  const problems: PlanRejection[] = []
  const wrong = new Set<string>()
  const steps = draft.steps.flatMap((step, place): readonly CheckedStep[] => {
    const contract = callables[place]
    // Enough is known to reject: nothing that a draft repeats makes the rest take longer.
    if (contract === undefined || problems.length >= rejectionsMax) return []
    const around: Surroundings = { own: step.key, outputs, item: null, literalsTainted }
    const checked = checkStep(step, contract, around, question.contracts)
    // A fault in the input that a reading step takes from its step is in both, and the draft spells it once. Added steps come last.
    if (step.readsFor !== null && wrong.has(step.readsFor)) return [checked.step]
    if (checked.problems.length > 0) wrong.add(step.key)
    problems.push(...checked.problems)
    return [checked.step]
  })
  const instances = steps.reduce((sum, step) => sum + (step.each?.max ?? 1), 0)
  if (instances > instancesPerPlanMax) {
    problems.push(
      rejection(
        "INSTANCES_EXCEEDED",
        "/steps",
        `The steps of a plan make at most ${instancesPerPlanMax} instances together.`,
      ),
    )
  }
  problems.push(...outputProblems(question, outputs))
  return stage(steps, problems)
}

/** A step with more references than one may have is not looked at further. Counted before conditions are folded. */
function referenceProblems(draft: SubstitutedDraft): readonly PlanRejection[] {
  return draft.steps
    .filter(
      (step) =>
        [step.input, step.when, step.each].flatMap((part) => referencesOf(part)).length >
        referencesPerStepMax,
    )
    .map((step) =>
      rejection(
        "LIMIT_EXCEEDED",
        `/steps/${step.index}`,
        `A step has at most ${referencesPerStepMax} references.`,
      ),
    )
}

type Outputs = Surroundings["outputs"]

function outputsOf(draft: SubstitutedDraft, callables: readonly PlannerCallable[]): Outputs {
  return new Map(
    draft.steps.map((step, place): [string, { readonly flow: Flow; readonly fanOut: boolean }] => {
      const schema = callables[place]?.outputSchema
      const own = schema === undefined ? anyType : typeOf(schema)
      if (step.each === null) return [step.key, { flow: flowOf(own), fanOut: false }]
      // An instance that was skipped by its condition contributes null.
      const element = step.when === true ? own : either(own, nullType)
      const max = typeof step.each["max"] === "number" ? step.each["max"] : Number.POSITIVE_INFINITY
      return [step.key, { flow: flowOf(arrayOf(element, max)), fanOut: true }]
    }),
  )
}

function checkStep(
  step: SubstitutedStep,
  contract: PlannerCallable,
  outside: Surroundings,
  contracts: PlannerContracts,
): { readonly step: CheckedStep; readonly problems: readonly PlanRejection[] } {
  const at = `/steps/${step.index}`
  const problems: PlanRejection[] = []
  const each = step.each === null ? null : checkedEach(step.each, `${at}/each`, outside, problems)
  const around: Surroundings = {
    ...outside,
    item: each?.item ?? (step.each === null ? null : unknownElement),
  }
  const place = wholePlace(inputTypeOf(contract), `${at}/input`)
  const written = checkInput(step.input, place, around)
  const respelled = respelledInput(contract, step.input, place.at)
  const input = written.problems.length === 0 ? respelled.input : step.input
  const checked = input === step.input ? written : checkInput(input, place, around)
  problems.push(...checked.problems, ...(written.problems.length === 0 ? respelled.problems : []))
  const fits = checked.problems.length === 0 && respelled.problems.length === 0
  if (fits && !holdsReference(input)) problems.push(...parseProblems(contract, input, place.at))
  const when = checkCondition(step.when, `${at}/when`, around)
  if (!when.ok) problems.push(...when.error)
  const own = flowOf(typeOf(contract.outputSchema))
  const undo =
    step.undo && fits
      ? checkUndo({ key: step.key, contract, input, output: own, around }, contracts, `${at}/undo`)
      : null
  if (undo?.ok === false) problems.push(...undo.error)
  const kept = when.ok ? when.value : null
  const references = [input, kept, each?.each.over].flatMap((part) => referencesOf(part))
  const needs = [...new Set(references.map((reference) => reference.step))].sort(byText)
  const after = [...new Set(step.after)].filter((key) => !needs.includes(key)).sort(byText)
  return {
    step: {
      key: step.key,
      index: step.index,
      contract,
      input,
      needs: keys(needs),
      after: keys(after),
      when: kept,
      each: each?.each ?? null,
      undo: undo?.ok === true ? undo.value : null,
      taint: [...new Set(checked.taint)].sort(byText),
    },
    problems,
  }
}

// Stage 2 has parsed every key that a reference or an after can name.
const keys = (names: readonly string[]): readonly StepKey[] =>
  names.filter((name): name is StepKey => StepKey.safeParse(name).success)

// While the fan-out itself is wrong, nothing can be said about its elements.
const unknownElement: Flow = { type: { variants: [] }, pii: false, trusted: true, optional: false }

function checkedEach(
  each: NonNullable<SubstitutedStep["each"]>,
  at: string,
  around: Surroundings,
  problems: PlanRejection[],
): CheckedEach | null {
  const bounds = eachBounds(each, at)
  if (!bounds.ok) problems.push(...bounds.error)
  const over = each["over"]
  if (over === undefined) return null
  const item = elementFlow(over, `${at}/over`, around)
  if (!item.ok) problems.push(...item.error)
  return bounds.ok && item.ok ? { each: { over, ...bounds.value }, item: item.value } : null
}

// The plan's output is checked against the output of the submitted contract, like an input; a caller's own draft may have any output.
function outputProblems(
  { draft, outputSchema, literalsTainted }: StepsQuestion,
  outputs: Outputs,
): readonly PlanRejection[] {
  const type = outputSchema === null ? anyType : typeOf(outputSchema)
  const around: Surroundings = { own: null, outputs, item: null, literalsTainted }
  const { problems } = checkInput(draft.output, wholePlace(type, "/output"), around)
  return problems.map((problem) =>
    mismatches.has(problem.code) ? { ...problem, code: "OUTPUT_INVALID" } : problem,
  )
}

const mismatches: ReadonlySet<RejectionCode> = new Set<RejectionCode>([
  "INPUT_INVALID",
  "INPUT_MISSING",
  "INPUT_UNKNOWN_FIELD",
  "REF_TYPE",
  "REF_OPTIONAL",
  "REF_UNIT",
  "REF_UNDECIDABLE",
])
