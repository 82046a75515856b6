// Previews: the plan and the verdicts that a submission would get, from the same code; nothing is stored.
// Owns: plan.compile, plan.verify. Does not own: how an ask becomes an execution (prepare-ask.ts).

import {
  err,
  Fence,
  higherTier,
  ok,
  refuse,
  type Decision,
  type Immutable,
  type planCompile,
  type planVerify,
  type Result,
  type Refusal,
  type StepForecast,
  type Tier,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import type { Policies } from "@counterfoil/contracts/ports"
import { settle } from "@counterfoil/round"
import { isCall, type Step } from "@counterfoil/core"
import { explainPlan } from "@counterfoil/planner"
import type { z } from "zod"
import { prepareAsk, type Prepared } from "./prepare-ask.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"
import { attributionOf } from "./submit-intent.ts"

type CompileInput = Immutable<z.output<(typeof planCompile)["input"]>>
type VerifyInput = Immutable<z.output<(typeof planVerify)["input"]>>

/** The service of `controlPlane.plan.compile`. */
export async function compilePlanPreview(
  services: Services,
  call: Granted<CompileInput>,
): Promise<ServiceAnswer> {
  const prepared = await prepare(services, call)
  if (!prepared.ok) return prepared
  const { compiled, rejections, draft } = prepared.value
  const body =
    compiled === null
      ? { compiledAt: draft.time, stepCount: 0, capabilities: [], rejections }
      : {
          planId: compiled.planId,
          planDigest: compiled.planDigest,
          compiledAt: draft.time,
          stepCount: compiled.plan.steps.length,
          capabilities: compiled.capabilities,
          plan: compiled.plan,
          rejections,
          tree: explainPlan(compiled.plan),
        }
  return ok({ body: asJson(body), final: true })
}

/** The service of `controlPlane.plan.verify`. */
export async function verifyPlanPreview(
  services: Services,
  call: Granted<VerifyInput>,
): Promise<ServiceAnswer> {
  const prepared = await prepare(services, call)
  if (!prepared.ok) return prepared
  const { compiled, rejections, draft } = prepared.value
  if (compiled === null)
    return err(
      refuse(
        "PLAN_INVALID",
        { count: rejections.length },
        { issues: rejections.map(({ at, code, message }) => ({ at, code, message })) },
      ),
    )
  const policies = await services.world.policies(call.caller.tenant)
  await settle(services.world, draft, {
    by: attributionOf(call, null),
    policies,
    dispatches: false,
    busy: new Set(),
  })
  const steps = draft.execution().steps.filter((step) => isCall(step) || step.spread === null)
  const forecasts = steps.filter(({ role }) => role === "do").map((step) => forecastOf(step, policies))
  return ok({
    body: asJson({
      planId: compiled.planId,
      planDigest: compiled.planDigest,
      ...worstOf(forecasts),
      steps: forecasts,
      missing: forecasts
        .filter(({ blockReason }) => blockReason === "grantMissing")
        .map(({ contract }) => `grant for ${contract.ref}`),
      policySetDigest: policies.digest,
      verifiedAt: draft.time,
      tree: explainPlan(
        compiled.plan,
        steps.flatMap((step) => (step.preview === null ? [] : [{ key: step.key, verdict: step.preview }])),
      ),
    }),
    final: true,
  })
}

function prepare(services: Services, call: Granted<CompileInput>): Promise<Result<Prepared, Refusal>> {
  const { world } = services
  const time = world.clock.now()
  return prepareAsk(services, {
    caller: call.caller,
    by: attributionOf(call, null),
    as: call.input.as,
    parsed: null,
    onBehalfOf: null,
    time,
    executionId: mintId("exe", Date.parse(time), world.random.bytes(10)),
    fence: Fence.parse(0),
    keyDigest: services.registry.digest,
    start: "manual",
    minimumMode: "autonomous",
    labels: [],
    rest: {},
  })
}

function forecastOf({ stepId, key, planStep, preview }: Step, policies: Policies): StepForecast {
  const contract = { ref: planStep.contract, version: planStep.version, digest: planStep.contractDigest }
  if (preview === null) return { stepId, key, contract, open: true, tier: planStep.floor, reasons: [] }
  const { core } = preview
  return {
    stepId,
    key,
    contract,
    open: false,
    decision: core.decision,
    tier: core.tier,
    mode: core.mode,
    ...(core.obligations === null ? {} : { obligations: core.obligations }),
    ...(core.blockReason === null ? {} : { blockReason: core.blockReason }),
    reasons: (core.decision === "hold"
      ? policies.holdReasonsOf(core)
      : policies.reasonsOf([...core.determining, ...core.forbids])
    ).map(({ text }) => text),
  }
}

function worstOf(forecasts: readonly StepForecast[]) {
  const decisions = new Set(forecasts.map(({ decision }) => decision))
  const verdict: Decision = decisions.has("deny") ? "deny" : decisions.has("hold") ? "hold" : "allow"
  const tier = forecasts.reduce<Tier>((worst, step) => higherTier(worst, step.tier), "low")
  const blockedReasons = [
    ...new Set(forecasts.flatMap(({ blockReason }) => (blockReason === undefined ? [] : [blockReason]))),
  ].sort()
  return { verdict, tier, requiresApproval: decisions.has("hold"), blockedReasons }
}
