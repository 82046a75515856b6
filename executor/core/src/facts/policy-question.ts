// The question that a step puts to policy, and what a verdict leaves in the trace.
// Owns: which facts of plan, input and intent a decision sees (INV-12: none comes from a model but the input itself).
// Does not own: the current requester chain (the shell reads it), nor the decision (policy).

import {
  canonicalBytes,
  type CapabilityName,
  type ChainMember,
  type ContractPin,
  type ContractRef,
  type DecisionPhase,
  type Digest,
  type EffectClass,
  type Fact,
  type Json,
  type PolicyRequest,
  type StepId,
  type StepKey,
  type StepRole,
  type Tier,
  type Time,
  type Verdict,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { Execution, Step } from "../state/execution.ts"
import { mayHaveHappened, type StepCall } from "../state/step-call.ts"

/** Everything of a policy request that follows from the trace. */
export interface PolicyQuestion {
  readonly stepId: StepId
  readonly key: StepKey
  readonly index: number | null
  readonly generation: number
  readonly role: StepRole
  readonly phase: DecisionPhase
  /** True when the step has a condition that may still turn out false, so that a denial of the preview is not final. */
  readonly open: boolean
  /** True when an earlier attempt may have taken effect: a denial then does not say that nothing happened. */
  readonly uncertain: boolean
  readonly contract: ContractPin
  readonly capability: CapabilityName
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly floor: { readonly tier: Tier; readonly because: readonly string[] }
  readonly taint: readonly string[]
  readonly resource: { readonly kind: string; readonly id: string } | null
  readonly input: { readonly [field: string]: Json }
  readonly inputDigest: Digest
  readonly readsFor: readonly ContractRef[]
}

/** The values that only the shell has when it asks: the requester chain with its grants for the capability, the time, break-glass. */
export interface AskedNow {
  readonly chain: readonly ChainMember[]
  readonly now: Time
  readonly breakGlass: PolicyRequest["breakGlass"]
}

/** The question for one step with its exact input. */
export function policyQuestion(step: Step, call: StepCall, phase: DecisionPhase): PolicyQuestion {
  const { contract } = call
  return {
    stepId: step.stepId,
    key: step.key,
    index: step.index,
    generation: step.generation,
    role: step.role,
    phase,
    open: step.planStep.when !== null,
    uncertain: mayHaveHappened(step, contract),
    contract: contract.pin,
    capability: contract.capability,
    effect: contract.effect,
    irreversible: contract.irreversible,
    floor: call.shown.floor,
    taint: contract.taint,
    resource: call.shown.resource,
    input: call.shown.input,
    inputDigest: call.inputDigest,
    readsFor: call.shown.readsFor,
  }
}

/** The whole request: the question with the shell's present values. */
export function policyRequestOf(
  execution: Execution,
  question: PolicyQuestion,
  asked: AskedNow,
): PolicyRequest {
  const { contract, capability, effect, irreversible, floor, taint, resource, input, inputDigest, readsFor } =
    question
  const { intent, plan } = execution
  // Sorted, like every value that is digested and recorded: what is in order is spelled without a copy (canonical.ts).
  return {
    breakGlass: asked.breakGlass,
    call: {
      assurance: intent.assurance,
      channel: intent.channel,
      labels: intent.labels,
      now: asked.now,
      origin: plan?.origin ?? "draft",
      planSteps: plan?.plan.steps.length ?? 0,
    },
    capability,
    chain: asked.chain,
    contract,
    effect,
    environment: execution.environment,
    floor,
    format: "counterfoil.policy-request/1",
    input,
    inputDigest,
    irreversible,
    minimumMode: execution.minimumMode,
    object: null,
    ...(readsFor.length === 0 ? {} : { readsFor }),
    resource,
    taint,
    tenant: execution.tenant,
  }
}

/** A verdict and the request it answers, with their digests. */
export interface Decided {
  readonly request: PolicyRequest
  readonly requestDigest: Digest
  readonly verdict: Verdict
  readonly verdictDigest: Digest
}

/** A verdict with the digests that bind it. */
export function decidedOf(request: PolicyRequest, verdict: Verdict): Decided {
  return {
    request,
    verdict,
    requestDigest: requestDigestOf(request, verdict),
    verdictDigest: digestOf("counterfoil.verdict.v1", canonicalBytes(verdict.core)),
  }
}

// The decision names the digest of its request, unless it could not read the request.
const requestDigestOf = (request: PolicyRequest, { core, circumstances }: Verdict): Digest =>
  core.blockReason === "invalidRequest"
    ? digestOf("counterfoil.policy-request.v1", canonicalBytes(request))
    : circumstances.requestDigest

/** The facts of a decision: the verdict, and a block when it denies. A preview's denial is final only without a condition. */
export function decidedFacts(question: PolicyQuestion, decided: Decided): readonly [Fact, ...Fact[]] {
  const { core } = decided.verdict
  const verdict: Fact = {
    kind: "controlPlane.policy.decided@1",
    payload: {
      generation: question.generation,
      ...(question.index === null ? {} : { index: question.index }),
      key: question.key,
      phase: question.phase,
      request: decided.request,
      requestDigest: decided.requestDigest,
      role: question.role,
      stepId: question.stepId,
      verdict: decided.verdict,
      verdictDigest: decided.verdictDigest,
    },
  }
  const blocks =
    core.decision === "deny" && !question.uncertain && !(question.phase === "preview" && question.open)
  if (!blocks) return [verdict]
  return [
    verdict,
    blockedFact({
      ...question,
      reason: core.blockReason ?? "policyError",
      message: "Policy does not allow it.",
      verdictDigest: decided.verdictDigest,
    }),
  ]
}

/** The fields that every fact about a step begins with. */
export function stepFieldsOf({
  stepId,
  key,
  index,
  generation,
}: Pick<Step, "stepId" | "key" | "index" | "generation">): {
  readonly stepId: StepId
  readonly key: StepKey
  readonly generation: number
  readonly index?: number
} {
  return { generation, ...(index === null ? {} : { index }), key, stepId }
}

/** That a step will not run, and why. */
export function blockedFact({
  reason,
  message,
  verdictDigest,
  approvalId,
  ...step
}: Pick<Step, "stepId" | "key" | "index" | "generation" | "role"> &
  Pick<
    Extract<Fact, { kind: "controlPlane.execution.step.blocked@1" }>["payload"],
    "reason" | "message" | "verdictDigest" | "approvalId"
  >): Fact {
  return {
    kind: "controlPlane.execution.step.blocked@1",
    payload: {
      ...stepFieldsOf(step),
      role: step.role,
      reason,
      message,
      ...(verdictDigest === undefined ? {} : { verdictDigest }),
      ...(approvalId === undefined ? {} : { approvalId }),
    },
  }
}
