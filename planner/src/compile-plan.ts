// The compiler: an untrusted draft becomes a plan with no choice left, or the reasons why not.
// Owns: the order of the stages, and the canonical form. Does not own: any single check.
// Keeps INV-12 (nothing but contracts decides floor, capability, effect or pin) and INV-08 (equal inputs, equal bytes).

import {
  canonicalBytes,
  durationMs,
  err,
  ok,
  planBytesMax,
  stepInputBytesMax,
  stepsInFlightMax,
  type CapabilityName,
  type ContractPin,
  type ContractRef,
  type Digest,
  type Duration,
  type Json,
  type Origin,
  type Plan,
  type PlanDraft,
  type PlanId,
  type PlanRejection,
  type PlanStep,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import { digestOf, inputDigestOf, planIdOf } from "@counterfoil/contracts/digest"
import { checkSteps, type CheckedStep } from "./check-steps.ts"
import { graphProblems, inPlanOrder } from "./draft-graph.ts"
import { findContracts } from "./find-contracts.ts"
import { floorOf } from "./floor.ts"
import { readDraft } from "./parse-draft.ts"
import type { PlannerContract, PlannerContracts } from "./planner-contracts.ts"
import { withStateRead } from "./read-state.ts"
import { byText, rejection, stage } from "./rejection.ts"
import { typeOf } from "@counterfoil/contracts/shape"
import { tooLarge } from "./substitute.ts"
import { substituteDraft } from "./substitute-draft.ts"

/** Everything that a plan depends on. Two equal questions have equal answers, on every machine. */
export interface PlanQuestion {
  /** Untrusted, from every sender. */
  readonly draft: PlanDraft | Json | Uint8Array
  readonly origin: Origin
  /**
   * What was submitted by name, with its typed input: an intent contract, or the one command or query of a direct call.
   * Null for a draft of a caller's own.
   */
  readonly intent: {
    readonly contract: ContractPin
    readonly inputDigest: Digest
    readonly input: Json
  } | null
  readonly contracts: PlannerContracts
  /** Capabilities that every member of the requester chain holds. */
  readonly held: readonly CapabilityName[]
  /** When the intent was received: what is past its `removeAfter` by then is retired. */
  readonly asOf: Time
}

/** A plan with its bytes and what is derived from them; the ids of its steps follow from its digest. Lists are sorted. */
export interface CompiledPlan {
  readonly plan: Plan
  readonly planBytes: Uint8Array
  readonly planDigest: Digest
  readonly planId: PlanId
  readonly draft: PlanDraft
  readonly draftDigest: Digest
  readonly contracts: readonly ContractPin[]
  readonly capabilities: readonly CapabilityName[]
}

/** The longest that an execution may take, and what it may take when its intent contract says nothing. */
export const deadlineMsMax = 90 * 24 * 60 * 60 * 1000
const deadlineDefault = "P30D" as Duration

/**
 * Compiles a draft. Total: any bytes give a plan or at least one rejection, sorted by `at` and code.
 * All rejections of one stage are reported together; a later stage looks only at what passed the earlier ones.
 */
export function compilePlan(question: PlanQuestion): Result<CompiledPlan, readonly PlanRejection[]> {
  const parsed = readDraft(question.draft)
  if (!parsed.ok) return parsed
  const { draft } = parsed.value
  const graph = stage(draft, graphProblems(draft))
  if (!graph.ok) return graph
  const steps = stepsOf(draft, question)
  return steps.ok ? planOf(parsed.value, question, steps.value) : steps
}

interface CheckedDraft {
  readonly steps: readonly CheckedStep[]
  readonly output: Json
}

function stepsOf(draft: PlanDraft, question: PlanQuestion): Result<CheckedDraft, readonly PlanRejection[]> {
  const { contracts, intent } = question
  const held = new Set(question.held)
  const submitted = intent === null ? undefined : contracts.find(intent.contract.ref)
  const direct =
    submitted !== undefined && isCallable(submitted) && draft.steps.length === 1 ? submitted.ref : null
  const { found, problems } = findContracts(draft, { contracts, held, direct, asOf: question.asOf })
  const named = stage(found, problems)
  if (!named.ok) return named
  const intentInput = intent === null ? null : { input: intent.input, type: typeOf(inputSchemaOf(submitted)) }
  const substituted = substituteDraft(draft, intentInput)
  if (!substituted.ok) return substituted
  const read = withStateRead(substituted.value, named.value, contracts)
  if (!read.ok) return read
  const checked = checkSteps({
    draft: read.value.draft,
    callables: read.value.callables,
    contracts,
    outputSchema: submitted === undefined || submitted.kind === "event" ? null : submitted.outputSchema,
    literalsTainted: question.origin === "model",
  })
  if (!checked.ok) return checked
  return stage(
    { steps: checked.value, output: substituted.value.output },
    missingCapabilities(checked.value, held),
  )
}

const isCallable = (contract: PlannerContract): boolean =>
  contract.kind === "command" || contract.kind === "query"
const inputSchemaOf = (contract: PlannerContract | undefined) =>
  contract === undefined || contract.kind === "event" ? anything : contract.inputSchema
const anything = {}

function missingCapabilities(
  steps: readonly CheckedStep[],
  held: ReadonlySet<CapabilityName>,
): readonly PlanRejection[] {
  const found = steps.flatMap(({ contract, undo, index }) => {
    const needed = [
      { capability: contract.capability, at: `/steps/${index}/contract` },
      ...(undo === null ? [] : [{ capability: undo.capability, at: `/steps/${index}/undo` }]),
    ]
    return needed
      .filter(({ capability }) => !held.has(capability))
      .map(({ capability, at }) =>
        rejection("CAPABILITY_MISSING", at, `The requester holds no grant for ${capability}.`),
      )
  })
  // A step and the one that reads for it come from one place of the draft, and need the same.
  return found.filter(
    ({ at, message }, place) => found.findIndex((one) => one.at === at && one.message === message) === place,
  )
}

function planOf(
  { draft, bytes: draftBytes }: { readonly draft: PlanDraft; readonly bytes: Uint8Array },
  question: PlanQuestion,
  { steps: checked, output }: CheckedDraft,
): Result<CompiledPlan, readonly PlanRejection[]> {
  const { intent, contracts, origin } = question
  const submitted = intent === null ? undefined : contracts.find(intent.contract.ref)
  const deadline = submitted?.kind === "intent" ? submitted.deadline : deadlineDefault
  if (durationMs(deadline) > deadlineMsMax) {
    return err([rejection("LIMIT_EXCEEDED", "", "An execution takes at most 90 days.")])
  }
  const steps = inPlanOrder(checked.map(planStep), (step) => [...step.needs, ...step.after])
  const capabilities = unique(
    steps.flatMap((step) => [step.capability, ...(step.undo === null ? [] : [step.undo.capability])]),
  )
  // Sorted, as is each step: what is in order is spelled without a copy (canonical.ts).
  const plan: Plan = {
    bounds: { deadline, instances: instancesOf(checked), parallel: stepsInFlightMax },
    capabilities,
    compiler: 1,
    format: "counterfoil.plan/1",
    intent:
      intent === null
        ? null
        : {
            contract: intent.contract.ref,
            contractDigest: intent.contract.digest,
            inputDigest: intent.inputDigest,
          },
    origin,
    output,
    steps,
  }
  const planBytes = canonicalBytes(plan)
  if (planBytes.length > planBytesMax) return err([tooLarge])
  const large = planBytes.length > stepInputBytesMax ? largeInputs(checked) : []
  if (large.length > 0) return err(large)
  const planDigest = digestOf("counterfoil.plan.v1", planBytes)
  return ok({
    plan,
    planBytes,
    planDigest,
    planId: planIdOf(planDigest),
    draft,
    draftDigest: digestOf("counterfoil.draft.v1", draftBytes),
    contracts: pinsOf(plan, intent?.contract ?? null),
    capabilities,
  })
}

/** A contract that was submitted by name: its pin, its typed input and the digest of that input. */
export const intentOf = (contract: ContractPin, input: Json): NonNullable<PlanQuestion["intent"]> => ({
  contract,
  input,
  inputDigest: inputDigestOf(canonicalBytes(input)),
})

function planStep({ key, contract, input, needs, after, when, each, undo, taint }: CheckedStep): PlanStep {
  return {
    after,
    attempt: { deadline: contract.limits.deadline, max: contract.limits.attempts },
    capability: contract.capability,
    contract: contract.ref,
    contractDigest: contract.digest,
    each,
    effect: contract.effect,
    floor: floorOf(contract, taint.length > 0),
    input,
    irreversible: contract.irreversible,
    key,
    needs,
    resource: contract.resource === null ? null : { at: contract.resource.at, kind: contract.resource.kind },
    // Skills will name their digest here; until then every contract is built in.
    skillDigest: null,
    taint,
    undo,
    version: contract.version,
    when,
  }
}

function largeInputs(steps: readonly CheckedStep[]): readonly PlanRejection[] {
  return steps
    .filter(({ input }) => canonicalBytes(input).length > stepInputBytesMax)
    .map(({ index }) =>
      rejection(
        "LIMIT_EXCEEDED",
        `/steps/${index}/input`,
        `An input has at most ${stepInputBytesMax} bytes.`,
      ),
    )
}

const instancesOf = (steps: readonly CheckedStep[]): number =>
  steps.reduce((sum, { each }) => sum + (each?.max ?? 1), 0)

function pinsOf(plan: Plan, submitted: ContractPin | null): readonly ContractPin[] {
  const pins = new Map<ContractRef, ContractPin>()
  if (submitted !== null) pins.set(submitted.ref, submitted)
  for (const step of plan.steps) {
    for (const call of step.undo === null ? [step] : [step, step.undo]) {
      pins.set(call.contract, { digest: call.contractDigest, ref: call.contract, version: call.version })
    }
  }
  return [...pins.values()].sort((a, b) => byText(a.ref, b.ref))
}

const unique = <T extends string>(values: readonly T[]): readonly T[] => [...new Set(values)].sort(byText)
