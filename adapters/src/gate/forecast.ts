// The forecast of a plan: a verdict for every step whose input is known before anything ran.
// Owns: which steps are open, and the facts of each preview decision. Does not own: the decision (policy).

import {
  buildPolicyRequest, canonicalBytes, invariant, marksOf, type Callable, type CapabilityName, type ChainMember,
  type Digest, type Environment, type Json, type JsonSchema, type Plan, type PlanStep, type PolicyRequest, type Registry, type StepId, type TenantId, type Verdict,
} from "@counterfoil/contracts"
import { inputDigestOf, stepIdOf } from "@counterfoil/contracts/digest"
import type { Policies } from "@counterfoil/contracts/ports"

/** One step with the verdict it would get now; `decided` is null while values of earlier steps are missing. */
export interface Forecast {
  readonly step: PlanStep
  readonly stepId: StepId
  readonly decided: { readonly request: PolicyRequest; readonly verdict: Verdict } | null
}

/** What all previews of one plan have in common. */
export interface ForecastFrame {
  readonly environment: Environment
  readonly tenant: TenantId
  readonly registry: Registry
  readonly policies: Policies
  readonly call: PolicyRequest["call"]
  readonly minimumMode: PolicyRequest["minimumMode"]
  /** The requester chain with its grants for one capability; every capability of the plan is in the map. */
  readonly chains: ReadonlyMap<CapabilityName, readonly ChainMember[]>
}

/** A forecast for every step, in plan order. */
export function forecastPlan(frame: ForecastFrame, plan: Plan, planDigest: Digest): readonly Forecast[] {
  return plan.steps.map((step) => {
    const stepId = stepIdOf({ planDigest, key: step.key, index: null, role: "do" })
    const contract = frame.registry.callable(step.contract)
    invariant(contract !== undefined, "INV-02", { contract: step.contract })
    return { step, stepId, decided: isOpen(step, contract) ? null : decide(frame, step, contract) }
  })
}

/** True when a denial of this step is certain to be met: it has no condition that could still skip it. */
export const isUnconditional = (step: PlanStep): boolean => step.when === null

function decide(frame: ForecastFrame, step: PlanStep, contract: Callable) {
  // Fields that policy does not see may still hold references; the digest names the input as it is known now.
  const { input } = step
  const chain = frame.chains.get(contract.capability)
  invariant(chain !== undefined, "INV-02", { capability: contract.capability })
  const request = buildPolicyRequest({
    environment: frame.environment, tenant: frame.tenant, contract, input, inputDigest: inputDigestOf(canonicalBytes(input)), taint: step.taint, chain,
    object: null, call: frame.call, minimumMode: frame.minimumMode, breakGlass: null,
  })
  return { request, verdict: frame.policies.decide(request) }
}

/** A step is open while policy would see a value that is not known yet, or while it fans out. */
function isOpen(step: PlanStep, contract: Callable): boolean {
  if (step.each !== null) return true
  if (contract.resource !== null && hasReference(at(step.input, contract.resource.at.split("/").slice(1)))) return true
  return policyFieldOpen(contract.inputSchema, step.input)
}

function policyFieldOpen(schema: JsonSchema, input: Json | undefined): boolean {
  const properties = schema["properties"]
  if (!isRecord(properties) || !isRecord(input)) return marksOf(schema).includes("policy") && hasReference(input)
  if ("$from" in input || "$text" in input) return true
  return Object.entries(properties).some(([name, child]) =>
    isRecord(child) && (marksOf(child).includes("policy") ? hasReference(input[name]) : policyFieldOpen(child, input[name])))
}

function at(value: Json, path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((place, name) => (isRecord(place) ? place[name] : undefined), value)
}

function hasReference(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some((item) => hasReference(item))
  if (!isRecord(value)) return false
  return "$from" in value || "$text" in value || "$item" in value || "$index" in value || Object.values(value).some((item) => hasReference(item))
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}
