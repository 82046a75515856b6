// Before stage 5: a step whose contract acts on outside state gets a step before it that reads that state.
// Owns: that reading step, its key and its place in the graph, and the reference that binds what it read into the input.
// Does not own: what is read (the contract says), whether it fits (check-steps.ts), nor comparing it at run time (the handler).
// Keeps INV-02: a verdict and an approval are for an input, so that input has to hold the state that the step acts on.

import {
  isObject,
  asLiteral,
  formOf,
  isList,
  parsePointer,
  referencesOf,
  stepsPerPlanMax,
  StepKey,
  type Json,
  type JsonObject,
  type JsonSchema,
  type PlanRejection,
  type Result,
} from "@counterfoil/contracts"
import { typeOf, type SchemaType } from "@counterfoil/contracts/shape"
import { graphProblems } from "./draft-graph.ts"
import { respelledInput } from "./parse-input.ts"
import type { PlannerCallable, PlannerContracts } from "./planner-contracts.ts"
import { byText, rejection, stage } from "./rejection.ts"
import type { SubstitutedDraft, SubstitutedStep } from "./substitute-draft.ts"
import { writtenOut } from "./written-out.ts"

/** A draft in which every state that is acted on is read, and the contract of each of its steps. */
interface ReadDraft {
  readonly draft: SubstitutedDraft
  readonly callables: readonly PlannerCallable[]
}

/**
 * Adds a reading step for each step that leaves its state out. A state that a draft spells itself, or has from any step but one
 * that reads it, is refused: no one has read it, and people could not see what is behind its digests. It waits for everything that its step waits for, so it
 * reads after the earlier writes of the plan. Added steps come last; plan order does not depend on it.
 * Errors: CONTRACT_UNKNOWN, INPUT_INVALID, REF_FANOUT, REF_UNDECIDABLE, TOO_MANY_STEPS, TOO_MANY_EDGES, TOO_DEEP.
 */
export function withStateRead(
  draft: SubstitutedDraft,
  callables: readonly PlannerCallable[],
  contracts: PlannerContracts,
): Result<ReadDraft, readonly PlanRejection[]> {
  const taken = namesIn(draft)
  const problems: PlanRejection[] = []
  const added: { readonly step: SubstitutedStep; readonly contract: PlannerCallable }[] = []
  const steps = draft.steps.map((step, place) => {
    const contract = callables[place]
    const input = membersOf(step.input)
    if (contract === undefined || contract.observes === null) return step
    const field = fieldOf(contract.observes.at)
    if (input === null || Object.hasOwn(input, field)) {
      if (!isRead(input?.[field], contract.observes.contract, { draft, callables }))
        problems.push(notRead(step, contract.ref, contract.observes))
      return step
    }
    const key = freeKey(step.key, taken)
    // Of targets, what is read is what is acted on: in their one spelling, as the step's own input will have them.
    const spelled = membersOf(respelledInput(contract, input, "").input) ?? input
    const acting = { ...contract, observes: contract.observes }
    const read = readingStep({ ...step, input: spelled }, acting, key, contracts)
    if ("code" in read) {
      problems.push(read)
      return step
    }
    taken.add(key)
    added.push(read)
    return { ...step, input: { ...input, [field]: { $from: key, at: "" } } }
  })
  if (problems.length > 0 || added.length === 0) return stage({ draft, callables }, problems)
  const whole = { ...draft, steps: [...steps, ...added.map(({ step }) => step)] }
  return stage(
    { draft: whole, callables: [...callables, ...added.map(({ contract }) => contract)] },
    limitProblems(whole),
  )
}

/** What a step's input has to be: the contract's input, with the state that it acts on in it. */
export function inputTypeOf({
  inputSchema,
  observes,
}: Pick<PlannerCallable, "inputSchema" | "observes">): SchemaType {
  if (observes === null) return typeOf(inputSchema)
  const byPlace = bound.get(inputSchema) ?? new Map<string, SchemaType>()
  bound.set(inputSchema, byPlace)
  const { required } = inputSchema
  const fields = [...(isList(required) ? required : []), fieldOf(observes.at)]
  const type = byPlace.get(observes.at) ?? typeOf({ ...inputSchema, required: fields })
  byPlace.set(observes.at, type)
  return type
}

// Types are compared by identity (fit.ts remembers pairs), so one schema with one place has one.
const bound = new WeakMap<JsonSchema, Map<string, SchemaType>>()

/** Whether a value is all that a step of the draft reads by this query; with a default it could be what no step read. */
function isRead(value: Json | undefined, query: string, { draft, callables }: ReadDraft): boolean {
  if (!isObject(value)) return false
  const form = formOf(value)
  if (form?.kind !== "from" || form.at !== "" || form.default !== undefined) return false
  return callables[draft.steps.findIndex(({ key }) => key === form.step)]?.ref === query
}

const notRead = ({ index }: SubstitutedStep, ref: string, { at, contract }: Observing["observes"]) =>
  rejection(
    "INPUT_INVALID",
    `/steps/${index}/input${at}`,
    `What ${ref} acts on has to be read by a step of this plan that calls ${contract}.`,
    "Leave the field out, and the plan gets that step, or refer to the whole output of such a step.",
  )

type Observing = PlannerCallable & { readonly observes: NonNullable<PlannerCallable["observes"]> }

function readingStep(
  step: SubstitutedStep & { readonly input: JsonObject },
  { ref, observes }: Observing,
  key: StepKey,
  contracts: PlannerContracts,
): { readonly step: SubstitutedStep; readonly contract: PlannerCallable } | PlanRejection {
  const at = `/steps/${step.index}`
  const contract = contracts.find(observes.contract)
  if (contract?.kind !== "query" || contract.path !== "step")
    return rejection(
      "CONTRACT_UNKNOWN",
      `${at}/contract`,
      `${observes.contract}, which ${ref} observes, is not a query here.`,
    )
  const input = readingInput(step, observes.input)
  const field = `${at}/input${observes.at}`
  if (input === null)
    return rejection("REF_UNDECIDABLE", field, "What has to be read cannot be known before it runs.")
  if (holdsElement(input))
    return rejection(
      "REF_FANOUT",
      field,
      "What is acted on is read before the fan-out, and here it differs with each element.",
      "Draft one step for each.",
    )
  const waited = [step.input, step.when, step.each].flatMap((part) => referencesOf(part))
  return {
    contract,
    step: {
      key,
      index: step.index,
      input,
      after: [...new Set([...step.after, ...waited.map((reference) => reference.step)])].sort(byText),
      // Inside a fan-out a condition may differ with each element; the state is read once for all.
      when: step.each === null ? step.when : true,
      each: null,
      undo: false,
      readsFor: step.key,
    },
  }
}

// A field that the step leaves out is left out here as well; the query's schema says whether it may be.
function readingInput(
  step: SubstitutedStep & { readonly input: JsonObject },
  template: JsonObject,
): JsonObject | null {
  const members: [string, Json][] = []
  for (const [name, part] of Object.entries(template)) {
    const form = isObject(part) ? formOf(part) : null
    const left =
      form?.kind === "from" && form.default === undefined && !Object.hasOwn(step.input, fieldOf(form.at))
    if (left) continue
    const value = writtenOut(part, step)
    if (value === undefined) return null
    members.push([name, value])
  }
  return Object.fromEntries(members)
}

function holdsElement(value: Json): boolean {
  if (value === null || typeof value !== "object") return false
  if (isList(value)) return value.some(holdsElement)
  const form = formOf(value)
  if (form === null) return Object.values(value).some(holdsElement)
  return (
    form.kind === "item" || form.kind === "index" || (form.kind === "text" && form.parts.some(holdsElement))
  )
}

/** An input as an object of fields; null when it is one reference, of which no field can be filled. */
function membersOf(input: Json): JsonObject | null {
  if (!isObject(input)) return null
  const form = formOf(input)
  if (form === null) return input
  if (form.kind !== "literal") return null
  const { value } = form
  if (!isObject(value)) return null
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asLiteral(member)]))
}

// A definition names one field of the input (contracts/define); of a document that names another place none is filled.
const fieldOf = (at: string): string => {
  const path = parsePointer(at)
  return path.ok ? (path.value[0] ?? "") : ""
}

/** Every key that the draft spells, also those that no step has: an added step is never what a draft refers to. */
function namesIn(draft: SubstitutedDraft): Set<string> {
  const parts = [...draft.steps.flatMap(({ input, when, each }) => [input, when, each]), draft.output]
  return new Set([
    ...draft.steps.flatMap(({ key, after }) => [key, ...after]),
    ...parts.flatMap((part) => referencesOf(part)).map(({ step }) => step),
  ])
}

const suffix = "-state"
const keyCharactersMax = 40

/** The key of the step that reads for `key`: it says so, and no other step has it. */
function freeKey(key: string, taken: ReadonlySet<string>): StepKey {
  for (let count = 1; ; count += 1) {
    const end = count === 1 ? suffix : `${suffix}-${count}`
    const begin = key.slice(0, keyCharactersMax - end.length).replace(/[-_]+$/, "")
    const candidate = StepKey.parse(begin + end)
    if (!taken.has(candidate)) return candidate
  }
}

// No cycle can come of it: an added step waits only for what its own step waits for.
function limitProblems(draft: SubstitutedDraft): readonly PlanRejection[] {
  const why = "The steps that read what others act on count as well."
  if (draft.steps.length > stepsPerPlanMax)
    return [rejection("TOO_MANY_STEPS", "/steps", `A plan has at most ${stepsPerPlanMax} steps.`, why)]
  return graphProblems(draft).map(({ code, message }) => rejection(code, "/steps", message, why))
}
