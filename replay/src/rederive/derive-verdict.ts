// The verdict again: the request from plan and outputs, the decision from the recorded texts.
// Owns: `policy.decided`. Does not own: deciding (policy), nor the requester chain, which is a fact with its grants.
// Keeps INV-02: the request must be for exactly the input that the step had then, and INV-05 by deciding tiers anew.

import {
  buildPolicyRequest,
  canonicalBytes,
  type Fact,
  type Payloads,
  type PolicyRequest,
  type Verdict,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import {
  decidedFacts,
  decidedOf,
  policyQuestion,
  policyRequestOf,
  type PolicyQuestion,
  type Step,
} from "@counterfoil/core"
import { derived, undue, unknown, type Derived, type Question } from "./derivation.ts"
import { paidSet, paysDecision } from "./derivation-work.ts"

type Decided = Payloads["controlPlane.policy.decided@1"]

/** What policy must have been asked and must have said. */
export function deriveVerdict(question: Question<"controlPlane.policy.decided@1">): Derived {
  const {
    execution,
    fact: { payload },
    sources,
    work,
  } = question
  const step = execution.steps.find(({ stepId }) => stepId === payload.stepId)
  if (step === undefined) return undue("no step has this id")
  const { circumstances } = payload.verdict
  const asked = payload.phase === "preview" ? previewed(question, step) : bound(question, step)
  if (asked === null) return undue("the work that was due asks policy nothing about this step")
  if (sources.policies === null)
    return unknown("engine", `${circumstances.engine.name} ${circumstances.engine.version}`)
  if (sources.engine.mode === "recorded" && sources.engine.digest !== circumstances.engine.digest)
    return unknown("engine", circumstances.engine.digest)
  const { policies, contracts } = sources
  const set = paidSet({ policies, contracts, work }, circumstances.policySetDigest, payload.request.call.now)
  if (set === null) return unknown("policy", circumstances.policySetDigest)
  if (set === "spent" || !paysDecision(work, set, asked.request))
    return unknown("bounds", "the work of deciding again")
  const verdict = asCircumstanced(set.decide(asked.request), payload.verdict, sources)
  const [again, ...then] = decidedFacts(asked.question, decidedOf(asked.request, verdict))
  return derived(again, ...then)
}

interface Asked {
  readonly question: PolicyQuestion
  readonly request: PolicyRequest
}

// Binding, consumption and undo: what the step asked when its turn came.
function bound(
  { execution, fact: { payload }, due, now }: Question<"controlPlane.policy.decided@1">,
  step: Step,
): Asked | null {
  for (const work of due) {
    if (work.kind !== "decide" && work.kind !== "dispatch") continue
    if (work.question.stepId !== step.stepId) continue
    const same = step.verdict?.digest === payload.verdictDigest
    // A dispatch that asks again and gets the same verdict was cleared for consumption; one that gets another verdict is bound anew.
    const question =
      work.kind === "dispatch" && same ? { ...work.question, phase: "consumption" as const } : work.question
    return {
      question,
      request: policyRequestOf(execution, question, {
        chain: payload.request.chain,
        now,
        breakGlass: payload.request.breakGlass,
      }),
    }
  }
  return null
}

// A preview at submit sees the input as the plan has it, later ones as the contract parses it; each names its own digest.
function previewed(
  { execution, fact: { payload }, now, calls, sources }: Question<"controlPlane.policy.decided@1">,
  step: Step,
): Asked | null {
  const contract = sources.contracts.registry.callable(step.planStep.contract)
  const call = calls(execution, step)
  const { plan, intent } = execution
  if (
    contract === undefined ||
    plan === null ||
    step.role !== "do" ||
    (execution.life.at !== "planned" && execution.life.at !== "started")
  )
    return null
  const asked = { chain: payload.request.chain, now, breakGlass: payload.request.breakGlass }
  if (call.ok && call.value.inputDigest === payload.request.inputDigest) {
    const question = policyQuestion(step, call.value, "preview")
    return { question, request: policyRequestOf(execution, question, asked) }
  }
  const { input, taint } = step.planStep
  const inputDigest = inputDigestOf(canonicalBytes(input))
  const request = buildPolicyRequest({
    environment: execution.environment,
    tenant: execution.tenant,
    contract,
    input,
    inputDigest,
    taint,
    chain: asked.chain,
    object: null,
    call: {
      channel: intent.channel,
      assurance: intent.assurance,
      origin: plan.origin,
      labels: intent.labels,
      planSteps: plan.plan.steps.length,
      now,
    },
    minimumMode: execution.minimumMode,
    breakGlass: asked.breakGlass,
  })
  const { stepId, key, index, generation, role } = step
  const { effect, irreversible, capability, floor, resource } = request
  return {
    request,
    question: {
      stepId,
      key,
      index,
      generation,
      role,
      phase: "preview",
      uncertain: false,
      open: step.planStep.when !== null,
      contract: contract.pin,
      capability,
      effect,
      irreversible,
      floor,
      taint,
      resource,
      input: request.input,
      inputDigest,
      readsFor: [],
    },
  }
}

// Circumstances that no derivation can or should repeat: another engine on request, and the schema of the whole registry, which
// changes with the tags of any contract. What of it this verdict was judged by is in its core, as the digest of its slice.
function asCircumstanced(
  verdict: Verdict,
  recorded: Decided["verdict"],
  { engine }: Question["sources"],
): Verdict {
  return {
    core: verdict.core,
    circumstances: {
      ...verdict.circumstances,
      engine: engine.mode === "current" ? recorded.circumstances.engine : verdict.circumstances.engine,
      schemaDigest: recorded.circumstances.schemaDigest,
    },
  }
}

/** Why a verdict differs, in the words of its rules. */
export function whyVerdict(recorded: Fact, again: Fact): string {
  if (recorded.kind !== "controlPlane.policy.decided@1" || again.kind !== recorded.kind)
    return "decided again from the recorded facts and texts"
  const [was, is] = [recorded.payload.verdict.core, again.payload.verdict.core]
  const before = new Set([...was.determining, ...was.forbids])
  const after = new Set([...is.determining, ...is.forbids])
  const parts = [
    ...[...after].filter((rule) => !before.has(rule)).map((rule) => `rule ${rule} is determining`),
    ...[...before].filter((rule) => !after.has(rule)).map((rule) => `${rule} is not`),
  ]
  return parts.length > 0
    ? parts.join(", ")
    : "decided again from the recorded facts and texts, by the same rules"
}
