// How much deriving a trace again may take: the author of a bundle chooses how many steps and requests each entry is looked at
// with, how long their inputs are, and how many rules decide. Owns: counting it, so that the same bundle always comes equally far, and which
// calls need not be made again. Does not own: what follows when it is spent (rederive.ts).

import { isList, type Fact, type Json, type PolicyRequest } from "@counterfoil/contracts"
import {
  callOf,
  callsOnce,
  isLive,
  resolvedInput,
  type Execution,
  type Step,
  type StepCalls,
} from "@counterfoil/executor/core"
import type { Rule } from "@counterfoil/policy"
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
/** The engine looks for a pattern from each character of a text. */
const stepsPerSearch = 6

/** What is left of the work. */
export interface Work {
  /** Takes some of it; false when it was more than was left. What is to be taken next is then not there either. */
  spend(steps: number): boolean
}

/** All of it. */
export function openWork(steps = derivationStepsMax): Work {
  let left = steps
  return {
    spend: (taken) => {
      left -= taken
      return left >= 0
    },
  }
}

/** The calls of an execution, each paid for when it is made, and made once for as long as no step gets another output. */
export const paidCalls = ({ lookup }: Pick<RecordedContracts, "lookup">, work: Work): StepCalls =>
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

/** About how long a value is as JSON. What stands in it more than once is measured once. */
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

/** What deciding this request by these rules takes: every member of the chain is asked for, with every pattern that the rules have. */
export function stepsOfDecision(
  rules: readonly Pick<Rule, "searched">[],
  { chain, input }: Pick<PolicyRequest, "chain" | "input">,
): number {
  const searched = rules.reduce((sum, rule) => sum + rule.searched, 0)
  return chain.length * charactersOf(input, new Map()) * (stepsPerCharacter + stepsPerSearch * searched)
}

/** The steps that an entry takes after this state, before anything that is paid for when it is done. */
export function stepsAt(
  execution: Execution | null,
  fact: Fact,
  { policies }: { readonly policies: RecordedPolicies | null },
): number {
  return (execution === null ? 0 : looking(execution)) + (policies === null ? 0 : deciding(fact, policies))
}

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

function deciding(fact: Fact, policies: RecordedPolicies): number {
  if (fact.kind !== "controlPlane.policy.decided@1") return 0
  const { verdict, request } = fact.payload
  const rules = policies(verdict.circumstances.policySetDigest, request.call.now)?.rules.length ?? 0
  return stepsPerVerdict + stepsPerRule * rules
}
