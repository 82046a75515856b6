// From an ask to a plan with its forecast, without keeping or doing anything: shared by submit and the previews.
// Owns: interpret, compile, preview in order. Does not own: the planner's rules, the verdicts.
// Keeps INV-12: whatever drew the draft, it is only a draft until it compiled.

import {
  canonicalBytes, err, ok, parseWith, refuse, type Ask, type ChainMember, type ContractPin, type HumanId, type Json, type PlanDraft, type PlanRejection,
  type Refusal, type Result, type Time, type PolicyRequest, type JsonObject, PrincipalId, CapabilityName, type Issue, type Contract,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import { compilePlan, interpretIntent, parseDraft, singleStepDraft, type CompiledPlan } from "@counterfoil/planner"
import type { Services } from "./service.ts"
import { chainOf } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import { forecastPlan, type Forecast } from "./forecast.ts"

/** Who asks for what. */
export interface AskFrame {
  readonly caller: Caller
  readonly as: Ask
  readonly onBehalfOf: HumanId | null
  readonly time: Time
  readonly labels: readonly string[]
  readonly minimumMode: PolicyRequest["minimumMode"]
}

/** An ask that was looked at: who asks, and a plan or the reasons why there is none. */
export interface Prepared {
  readonly chain: readonly ChainMember[]
  readonly contract: ContractPin | null
  readonly outcome: Outcome
}

export type Outcome =
  | { readonly kind: "rejected"; readonly rejections: readonly PlanRejection[]; readonly draft: Json | null }
  | { readonly kind: "compiled"; readonly compiled: CompiledPlan; readonly draft: PlanDraft; readonly onFailure: "stop" | "undo"; readonly forecasts: readonly Forecast[] }

/** Interprets, compiles and previews. Refuses what is no ask at all; a draft that does not compile is an outcome. */
export async function prepareAsk(services: Services, frame: AskFrame): Promise<Result<Prepared, Refusal>> {
  const ids: readonly PrincipalId[] = frame.onBehalfOf === null ? [frame.caller.principal] : [frame.caller.principal, PrincipalId.parse(frame.onBehalfOf)]
  const drawn = drawDraft(services, frame.as)
  if (!drawn.ok) return drawn
  const chain = await chainOf(services.store.directory, frame.caller.tenant, ids, coreCapability)
  if (chain === null) return err(refuse("UNAUTHENTICATED", {}))
  const { contract, draft, intent, onFailure } = drawn.value
  if (!draft.ok) return ok({ chain, contract, outcome: { kind: "rejected", rejections: draft.error, draft: "draft" in frame.as ? frame.as.draft : null } })
  const held = await heldByAll(services, frame, ids)
  const compiled = compilePlan({ draft: draft.value, origin: "draft" in frame.as ? "draft" : "contract", intent, contracts: services.registry, held, asOf: frame.time })
  if (!compiled.ok) return ok({ chain, contract, outcome: { kind: "rejected", rejections: compiled.error, draft: draft.value } })
  const chains = new Map<CapabilityName, readonly ChainMember[]>()
  for (const capability of compiled.value.plan.capabilities) {
    chains.set(capability, (await chainOf(services.store.directory, frame.caller.tenant, ids, capability)) ?? [])
  }
  const { plan, planDigest } = compiled.value
  const forecasts = forecastPlan(
    {
      environment: services.environment, tenant: frame.caller.tenant, registry: services.registry, policies: await services.policies(frame.caller.tenant),
      call: { channel: frame.caller.channel, assurance: frame.caller.assurance, origin: plan.origin, labels: frame.labels, planSteps: plan.steps.length, now: frame.time },
      minimumMode: frame.minimumMode, chains,
    },
    plan, planDigest,
  )
  return ok({ chain, contract, outcome: { kind: "compiled", compiled: compiled.value, draft: draft.value, onFailure, forecasts } })
}

interface Drawn {
  readonly contract: ContractPin | null
  readonly intent: { readonly contract: ContractPin; readonly inputDigest: ReturnType<typeof inputDigestOf>; readonly input: Json } | null
  readonly draft: Result<PlanDraft, readonly PlanRejection[]>
  readonly onFailure: "stop" | "undo"
}

function drawDraft(services: Services, as: Ask): Result<Drawn, Refusal> {
  if ("draft" in as) return ok({ contract: null, intent: null, draft: parseDraft(as.draft), onFailure: "stop" })
  if ("text" in as) return err(refuse("INTERPRETER_UNAVAILABLE", {}))
  const contract = services.registry.find(as.contract)
  if (contract === undefined || contract.kind === "event") return err(refuse("CONTRACT_UNKNOWN", { ref: as.contract }))
  const input = parseContractInput(contract, as.input)
  if (!input.ok) return err(refuse("INPUT_INVALID", { contract: as.contract, count: input.error.length }, { issues: input.error.map((issue) => ({ ...issue, at: `/as/input${issue.at}` })) }))
  const intent = { contract: contract.pin, inputDigest: inputDigestOf(canonicalBytes(input.value)), input: input.value }
  return ok(contract.kind === "intent"
    ? { contract: contract.pin, intent, draft: interpretIntent({ contract, input: input.value }), onFailure: contract.onFailure }
    : { contract: contract.pin, intent, draft: ok(singleStepDraft(contract, input.value)), onFailure: "stop" })
}

/** The input as the contract sees it, its listed checks included. */
export function parseContractInput(contract: Exclude<Contract, { kind: "event" }>, input: Json): Result<Json, readonly Issue[]> {
  const parsed = parseWith(contract.input, input)
  if (!parsed.ok) return parsed
  const failed = contract.checks.flatMap((check) => check.test(parsed.value).map((at) => ({ at, code: "value" as const, message: check.says })))
  // What a contract's schema let through is JSON: definitions refuse everything else.
  return failed.length === 0 ? ok(parsed.value as Json) : err(failed)
}

/** The capabilities that every member of the chain holds: a chain only narrows. */
async function heldByAll(services: Services, frame: AskFrame, ids: readonly PrincipalId[]): Promise<readonly CapabilityName[]> {
  const [first, ...others] = await Promise.all(ids.map((id) => services.store.directory.capabilitiesOf(frame.caller.tenant, id)))
  return (first ?? []).filter((capability) => others.every((held) => held.includes(capability)))
}

const coreCapability = CapabilityName.parse("control-plane.core")
