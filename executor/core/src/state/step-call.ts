// A step as it would be called: its contract, its exact input and the key of its effect.
// Owns: putting these together, and why they cannot be had. Does not own: whether it may be called (verdict, approval).
// Keeps INV-02 and INV-03: verdict, approval and key are all bound to the digest made here.

import {
  canonicalBytes,
  durationMs,
  effectiveFloor,
  hasDigest,
  readPointer,
  stepInputBytesMax,
  type BlockReason,
  type CapabilityName,
  type ContractPin,
  type ContractRef,
  type Digest,
  type EffectClass,
  type IdempotencyKey,
  type Json,
  type JsonObject,
  type Result,
  type Tier,
} from "@counterfoil/contracts"
import { idempotencyKeyOf, inputDigestOf } from "@counterfoil/contracts/digest"
import type { ContractFacts, ContractLookup } from "./contract-facts.ts"
import type { Execution, Step } from "./execution.ts"
import { resolvedInput } from "./scope.ts"

/** What a step's plan says about calling it, for forward and undo steps alike. */
export interface StepContract {
  readonly pin: ContractPin
  readonly skillDigest: Digest | null
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly capability: CapabilityName
  readonly floor: Tier
  readonly taint: readonly string[]
  readonly deadlineMs: number
  readonly attemptsMax: number
  readonly facts: ContractFacts
}

/** A step that can be called: contract, exact input, its digest and key. */
export interface StepCall {
  readonly contract: StepContract
  /** Parsed by the contract. */
  readonly input: Json
  readonly inputDigest: Digest
  readonly idempotencyKey: IdempotencyKey
  readonly shown: ShownToPolicy
}

/** What policy sees of a call. */
interface ShownToPolicy {
  readonly floor: { readonly tier: Tier; readonly because: readonly string[] }
  readonly resource: { readonly kind: string; readonly id: string } | null
  readonly input: JsonObject
  /** The commands of the plan that act on what this query reads, sorted. */
  readonly readsFor: readonly ContractRef[]
}

/** The calls of one execution's steps. */
export type StepCalls = (execution: Execution, step: Step) => Result<StepCall, Obstacle>

/** Why a step cannot be called: it is blocked with this. */
export interface Obstacle {
  readonly reason: BlockReason
  readonly message: string
}

/** The contract of a step, or why none is registered with the digest that the plan pins. */
export function contractOf(step: Step, contracts: ContractLookup): Result<StepContract, Obstacle> {
  const { planStep } = step
  const { undo } = planStep
  const pinned = step.role === "do" ? planStep : undo
  const facts = pinned === null ? null : contracts(pinned.contract)
  if (pinned === null || facts === null || !isPinned(facts, pinned.contractDigest))
    return no("contractMissing", "The contract that the plan pins is not registered.")
  const pin = { digest: pinned.contractDigest, ref: pinned.contract, version: pinned.version }
  const common = { pin, effect: pinned.effect, capability: pinned.capability, floor: pinned.floor, facts }
  return step.role === "do"
    ? yes({
        ...common,
        skillDigest: planStep.skillDigest,
        irreversible: planStep.irreversible,
        taint: planStep.taint,
        deadlineMs: durationMs(planStep.attempt.deadline),
        attemptsMax: planStep.attempt.max,
      })
    : yes({
        ...common,
        skillDigest: null,
        irreversible: facts.irreversible,
        taint: [],
        deadlineMs: facts.deadlineMs,
        attemptsMax: facts.attemptsMax,
      })
}

const isPinned = ({ pin: { digest }, formerDigest }: ContractFacts, pinned: Digest): boolean =>
  hasDigest({ digest, formerDigest }, pinned)

/** True when it is unknown whether an attempt of this generation took effect, and that matters. */
export const mayHaveHappened = ({ tries }: Step, { effect }: Pick<StepContract, "effect">): boolean =>
  tries.uncertain && effect !== "pure" && effect !== "read"

/** A step with its exact input, or why there is none. */
export function callOf(
  execution: Execution,
  step: Step,
  contracts: ContractLookup,
): Result<StepCall, Obstacle> {
  const contract = contractOf(step, contracts)
  if (!contract.ok) return contract
  const resolved = resolvedInput(execution, step)
  if (!resolved.ok)
    return resolved.error.kind === "size"
      ? tooLong
      : no("inputInvalid", "A value that the input refers to is not there.")
  const parsed = contract.value.facts.parseInput(resolved.value)
  if (!parsed.ok)
    return no("inputInvalid", `The input does not match its contract: ${parsed.error.length} problem(s).`)
  const bytes = canonicalBytes(parsed.value)
  if (bytes.length > stepInputBytesMax) return tooLong
  const inputDigest = inputDigestOf(bytes)
  const idempotencyKey = idempotencyKeyOf({
    environment: execution.environment,
    tenant: execution.tenant,
    executionId: execution.executionId,
    stepId: step.stepId,
    generation: step.generation,
    contractDigest: contract.value.pin.digest,
    inputDigest,
  })
  const shown = {
    ...shownOf(step, contract.value, parsed.value),
    readsFor: readersOf(execution, step, contracts),
  }
  return yes({ contract: contract.value, input: parsed.value, inputDigest, idempotencyKey, shown })
}

/**
 * `callOf` that makes each call once. Valid while no step gets another output, which is one transition: the steps that a step
 * refers to have finished before it is looked at, and only an answer or a person changes a finished step. A test that counts the
 * calls passes its own `make`.
 */
export function callsOnce(
  contracts: ContractLookup,
  make: StepCalls = (execution, step) => callOf(execution, step, contracts),
): StepCalls {
  const made = new Map<string, Result<StepCall, Obstacle>>()
  return (execution, step) => {
    const key = `${step.stepId} ${step.generation}`
    const call = made.get(key) ?? make(execution, step)
    made.set(key, call)
    return call
  }
}

function readersOf({ plan }: Execution, { key, role, planStep }: Step, contracts: ContractLookup) {
  if (role !== "do" || planStep.effect !== "read") return []
  const refs = (plan?.plan.steps ?? [])
    .filter(
      ({ needs, contract }) =>
        needs.includes(key) && contracts(contract)?.observes?.contract === planStep.contract,
    )
    .map(({ contract }) => contract)
  return [...new Set(refs)].sort()
}

function shownOf(step: Step, contract: StepContract, input: Json): Omit<ShownToPolicy, "readsFor"> {
  const { facts, floor, taint } = contract
  const place = step.role === "do" ? step.planStep.resource : facts.resource
  const found = place === null ? null : readPointer(input, place.at)
  const named =
    found?.ok === true && (typeof found.value === "string" || typeof found.value === "number")
      ? String(found.value)
      : null
  return {
    floor: { because: effectiveFloor({ ...contract, floor: facts.floor }, taint).because, tier: floor },
    resource: place === null || named === null ? null : { id: named, kind: place.kind },
    input: facts.policyInput(input),
  }
}

const yes = <T>(value: T): Result<T, never> => ({ ok: true, value })
const no = (reason: BlockReason, message: string): Result<never, Obstacle> => ({
  ok: false,
  error: { reason, message },
})
const tooLong = no("limitExceeded", `The input is longer than ${stepInputBytesMax} bytes.`)
