// The question that a step puts to policy, and what a verdict leaves in the trace.
// Owns: which facts of plan, input and intent a decision sees (INV-12: none comes from a model but the input itself).
// Does not own: the requester chain as it stands now (the shell reads it), nor the decision (policy).

import { canonicalBytes } from "@counterfoil/contracts"
import type {
  CapabilityName,
  ChainMember,
  ContractPin,
  DecisionPhase,
  Digest,
  EffectClass,
  Fact,
  Json,
  PolicyRequest,
  StepId,
  StepKey,
  StepRole,
  Tier,
  Time,
  Verdict,
} from "@counterfoil/contracts"
import { digestOf } from "@counterfoil/contracts/digest"
import type { Execution, Step } from "./execution.ts"
import type { StepCall } from "./step-call.ts"

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
  readonly contract: ContractPin
  readonly capability: CapabilityName
  readonly effect: EffectClass
  readonly irreversible: boolean
  readonly floor: { readonly tier: Tier; readonly because: readonly string[] }
  readonly taint: readonly string[]
  readonly resource: { readonly kind: string; readonly id: string } | null
  readonly input: { readonly [field: string]: Json }
  readonly inputDigest: Digest
}

/** What only the shell knows when it asks: the requester chain with its grants for the capability, the time, break-glass. */
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
    contract: contract.pin,
    capability: contract.capability,
    effect: contract.effect,
    irreversible: contract.irreversible,
    floor: call.shown.floor,
    taint: contract.taint,
    resource: call.shown.resource,
    input: call.shown.input,
    inputDigest: call.inputDigest,
  }
}

/** The whole request: the question with what the shell knows now. */
export function policyRequestOf(
  execution: Execution,
  question: PolicyQuestion,
  asked: AskedNow,
): PolicyRequest {
  const { contract, capability, effect, irreversible, floor, taint, resource, input, inputDigest } = question
  const { intent, plan } = execution
  return {
    format: "counterfoil.policy-request/1",
    environment: execution.environment,
    tenant: execution.tenant,
    contract,
    capability,
    effect,
    irreversible,
    floor,
    taint,
    chain: asked.chain,
    resource,
    object: null,
    input,
    inputDigest,
    call: {
      channel: intent.channel,
      assurance: intent.assurance,
      origin: plan?.origin ?? "draft",
      labels: intent.labels,
      planSteps: plan?.plan.steps.length ?? 0,
      now: asked.now,
    },
    minimumMode: execution.minimumMode,
    breakGlass: asked.breakGlass,
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

// The decision digested the request already; only of one that it could not read does it name none.
const requestDigestOf = (request: PolicyRequest, { core, circumstances }: Verdict): Digest =>
  core.blockReason === "invalidRequest"
    ? digestOf("counterfoil.policy-request.v1", canonicalBytes(request))
    : circumstances.requestDigest

/** The facts of a decision: the verdict, and the block that a denial is. A preview denies for good only without a condition. */
export function decidedFacts(question: PolicyQuestion, decided: Decided): readonly [Fact, ...Fact[]] {
  const at = stepFieldsOf(question)
  const { core } = decided.verdict
  const verdict: Fact = {
    kind: "controlPlane.policy.decided@1",
    payload: { ...at, role: question.role, phase: question.phase, ...decided },
  }
  const blocks = core.decision === "deny" && !(question.phase === "preview" && question.open)
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
  return { stepId, key, generation, ...(index === null ? {} : { index }) }
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
