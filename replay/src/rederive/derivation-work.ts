// How much deriving a trace again may take: the author of a bundle chooses how many steps and requests each entry is looked at
// with, how long their inputs are, and how many and how long rules decide. Owns: counting it, so that the same bundle always comes equally
// far, and which calls need not be made again. Does not own: what follows when it is spent (rederive.ts), nor what one decision costs (policy).

import {
  isList,
  type Digest,
  type Fact,
  type Json,
  type PolicyRequest,
  type Time,
} from "@counterfoil/contracts"
import {
  callOf,
  callsOnce,
  isLive,
  resolvedInput,
  type Execution,
  type Step,
  type StepCalls,
} from "@counterfoil/core"
import { decisionStepsMax, stepsOfDecision, type PolicySet, type Slice } from "@counterfoil/policy"
import type { RecordedContracts } from "./recorded-contracts.ts"
import type { RecordedPolicies } from "./recorded-policies.ts"

/** In steps of about a nanosecond: half a minute on a laptop. The largest plans with all their requests take a few seconds. */
const derivationStepsMax = 30_000_000_000

/** Each is looked at for what is due, and copied for what follows. */
const stepsPerStep = 300
const stepsPerRequest = 30
const stepsPerReview = 5
const stepsPerVerdict = 200_000
const stepsPerRule = 2_000
/** A call is resolved in the outputs of all steps, parsed, spelled canonically and hashed; a condition is resolved each time. */
const stepsPerCall = 20_000
const stepsPerScope = 20
const stepsPerCharacter = 100
/** A set is parsed, linted and validated before it decides; its actions are then each given their rules. */
const stepsPerLoadedCharacter = 5_000
const stepsPerLoadedContract = 300_000
/** The engine parses the rules of an action, and its schema, before it decides by them for the first time. */
const stepsPerParsedCharacter = 2_500
const stepsPerParsedAction = 2_000_000

/** What is left of the work. */
export interface Work {
  /** Takes some of it; false when it was more than was left. What is to be taken next is then not there either. */
  spend(steps: number): boolean
  /** The same for work that is done once, however often it is asked for. Only the first time takes something. */
  spendOnce(what: string, steps: number): boolean
}

/** All of it. */
export function openWork(steps = derivationStepsMax): Work {
  let left = steps
  const done = new Set<string>()
  const spend = (taken: number): boolean => {
    left -= taken
    return left >= 0
  }
  return {
    spend,
    spendOnce: (what, taken) => {
      const first = !done.has(what)
      done.add(what)
      return spend(first ? taken : 0)
    },
  }
}

/** The calls of an execution, each paid for when it is made, and made once for as long as no step gets another output. */
export const paidCalls = (
  { lookup }: Pick<RecordedContracts, "lookup">,
  work: Pick<Work, "spend">,
): StepCalls =>
  callsOnce(lookup, (execution, step) => {
    work.spend(stepsOfCall(execution, step))
    return callOf(execution, step, lookup)
  })

/** True for an entry after which every call is still what it was: it changes neither the plan nor what is finished. */
export const keepsCalls = (fact: Fact): boolean =>
  fact.kind === "controlPlane.execution.resumed@1"
    ? fact.payload.cause !== "retry"
    : fact.kind === "controlPlane.execution.paused@1" ||
      fact.kind === "controlPlane.policy.decided@1" ||
      fact.kind.startsWith("controlPlane.approval.")

function stepsOfCall(execution: Execution, step: Step): number {
  const input = resolvedInput(execution, step)
  const characters = input.ok ? charactersOf(input.value, new Map()) : 0
  return stepsPerCall + stepsPerScope * execution.steps.length + stepsPerCharacter * characters
}

/** About how long a value is as JSON. A part that occurs in it more than once is measured once. */
function charactersOf(value: Json, known: Map<Json, number>): number {
  if (value === null || typeof value !== "object") return typeof value === "string" ? value.length + 2 : 8
  const measured = known.get(value)
  if (measured !== undefined) return measured
  const characters = isList(value)
    ? value.reduce<number>((sum, item) => sum + 1 + charactersOf(item, known), 2)
    : Object.entries(value).reduce(
        (sum, [name, item]) => sum + name.length + 4 + charactersOf(item, known),
        2,
      )
  known.set(value, characters)
  return characters
}

/** What sets are found with, and paid with. */
interface Finding {
  readonly policies: RecordedPolicies
  readonly contracts: { readonly registry: Pick<RecordedContracts["registry"], "contracts"> }
  readonly work: Work
}

/**
 * The set with a digest, paid for before it is loaded, once for each trace; null where there is none. `spent` when the work is: whether the
 * set is known from another bundle plays no part in it.
 */
export function paidSet(
  { policies, contracts, work }: Finding,
  digest: Digest,
  at: Time,
): PolicySet | null | "spent" {
  const steps =
    stepsPerLoadedCharacter * policies.charactersOf(digest) +
    stepsPerLoadedContract * contracts.registry.contracts.length
  return work.spendOnce(`set ${digest}`, steps) ? policies(digest, at) : "spent"
}

/** Takes what deciding this request by this set takes, with the parsing of its rules where it is the first of its action; false when that is not left. */
export function paysDecision(
  work: Work,
  set: Pick<PolicySet, "digest" | "rules"> & { readonly slices: ReadonlyMap<string, Pick<Slice, "size">> },
  request: Pick<PolicyRequest, "chain" | "input" | "contract" | "call">,
): boolean {
  const { ref } = request.contract
  const size = set.slices.get(ref)?.size ?? { characters: 0, comparisons: 0 }
  const parsing = stepsPerParsedAction + stepsPerParsedCharacter * size.characters
  const reading = request.chain.length * stepsPerCharacter * charactersOf(request.input, new Map())
  // A decision that would take more is refused before the engine is asked.
  const deciding = Math.min(stepsOfDecision(size, request), decisionStepsMax)
  return (
    work.spendOnce(`slice ${set.digest} ${ref}`, parsing) &&
    work.spend(stepsPerVerdict + stepsPerRule * set.rules.length + reading + deciding)
  )
}

/** The steps that an entry takes after this state, before anything that is paid for when it is done. */
export const stepsAt = (execution: Execution | null): number => (execution === null ? 0 : looking(execution))

function looking({ steps, approvals }: Execution): number {
  const held = steps.filter(({ state }) => state.status === "held").length
  const live = approvals.filter(isLive).length
  const reviews = approvals.reduce((sum, one) => sum + one.reviews.length, 0)
  const conditions = steps.reduce(
    (sum, { state, planStep }) =>
      state.status === "ready" && planStep.when !== null ? sum + charactersOf(planStep.when, new Map()) : sum,
    0,
  )
  return (
    steps.length * stepsPerStep +
    approvals.length * stepsPerRequest +
    reviews * stepsPerReview +
    held * approvals.length +
    live * steps.length +
    conditions * stepsPerCharacter
  )
}
