// Submitting: from an authenticated ask to a durable execution, in one append.
// Owns: the order (interpret, compile, preview, append) and the idempotent answer. Does not own: any of the steps themselves.
// Keeps INV-01 and INV-02 (nothing is dispatched here), INV-12 (the chain comes from the caller), INV-14 (answered after the commit).

import {
  canonicalBytes, durationMs, err, invariant, ok, refuse, type Attribution, Fence, type EntryKind, type HumanId, type Immutable, type intentSubmit, PrincipalId, type Refusal, type Result, type Time, type Verdict,
} from "@counterfoil/contracts"
import { clientKeyDigestOf, digestOf, mintId, requestDigestOf } from "@counterfoil/contracts/digest"
import type { Append } from "@counterfoil/contracts/ports"
import { transition, type Stated } from "@counterfoil/executor"
import type { Execution } from "@counterfoil/executor/core"
import type { z } from "zod"
import { delegation } from "./authorise.ts"
import type { Forecast } from "./forecast.ts"
import { prepareAsk, type Prepared } from "./prepare-ask.ts"
import { readExecution, waitForFinal } from "./read-execution.ts"
import type { Granted, ServiceAnswer, Services } from "./service.ts"
import { isFinal, submittedView } from "./views.ts"

type SubmitInput = Immutable<z.output<(typeof intentSubmit)["input"]>>

/** The service of `controlPlane.intent.submit`. */
export async function submitIntent(services: Services, call: Granted<SubmitInput>): Promise<ServiceAnswer> {
  const made = await makeExecution(services, call)
  if (!made.ok) return made
  const waitMs = call.input.wait === undefined ? call.waitMs : durationMs(call.input.wait)
  const execution = waitMs > 0 ? await waitForFinal(services, made.value.execution, waitMs, call.signal) : made.value.execution
  return ok({ body: submittedView(execution, made.value.duplicate), final: isFinal(execution) })
}

interface Made {
  readonly execution: Execution
  readonly duplicate: boolean
}

async function makeExecution(services: Services, call: Granted<SubmitInput>): Promise<Result<Made, Refusal>> {
  const { caller, input } = call
  const human = await delegation(services.store.directory, caller, input.onBehalfOf)
  if (!human.ok) return human
  const time = services.clock.now()
  if (input.deadline !== undefined && input.deadline <= time) return err(refuse("DEADLINE_PASSED", { time: input.deadline }))
  const prepared = await prepareAsk(services, { caller, as: input.as, onBehalfOf: human.value, time, labels: input.labels ?? [], minimumMode: input.minimumMode ?? "autonomous" })
  if (!prepared.ok) return prepared
  const stale = staleDigest(input, prepared.value)
  if (stale !== null) return err(stale)

  const { key: _key, wait: _wait, ...body } = input
  const requestDigest = requestDigestOf(call.contract.ref, canonicalBytes(body))
  const keyDigest = clientKeyDigestOf(input.key)
  const executionId = mintId("exe", Date.parse(time), services.random.bytes(10))
  const lease = input.start === "manual" ? null : (services.adopt?.lease() ?? null)
  const { append, execution } = transition(
    { environment: services.environment, tenant: caller.tenant, executionId, fence: Fence.parse(lease === null ? 0 : 1), time, kindDigest: (kind) => eventDigest(services, kind) },
    null,
    factsOf(services, call, prepared.value, { keyDigest, time, by: attributionOf(call, human.value) }),
    { inbox: { tenant: caller.tenant, principal: caller.principal, contract: call.contract.ref, keyDigest, requestDigest }, leaseTo: lease },
  )
  return settle(services, call, { append, execution, requestDigest })
}

/** Writes the execution, or finds the one that the same key made before. */
async function settle(services: Services, call: Granted<SubmitInput>, made: { readonly append: Append; readonly execution: Execution; readonly requestDigest: string }): Promise<Result<Made, Refusal>> {
  const answer = await services.store.append(made.append)
  switch (answer.kind) {
    case "appended": {
      const { append, execution } = made
      if (append.create?.leaseTo != null && services.adopt !== null) {
        services.adopt.take({ tenant: append.tenant, executionId: append.executionId, fence: append.fence, head: execution.head }, execution)
      } else services.doorbell.ring(append.executionId)
      return ok({ execution, duplicate: false })
    }
    case "sameKey": {
      if (answer.requestDigest !== made.requestDigest) return err(refuse("IDEMPOTENCY_CONFLICT", {}))
      const earlier = await readExecution(services.store, call.caller.tenant, answer.executionId)
      invariant(earlier !== null, "INV-14", { executionId: answer.executionId })
      return ok({ execution: earlier, duplicate: true })
    }
    case "stale":
      return invariant(false, "INV-07", { executionId: made.append.executionId })
  }
}

function factsOf(services: Services, call: Granted<SubmitInput>, prepared: Prepared, frame: { readonly keyDigest: ReturnType<typeof clientKeyDigestOf>; readonly time: Time; readonly by: Attribution }): readonly [Stated, ...Stated[]] {
  const { input, caller } = call
  const { by } = frame
  const received: Stated = {
    kind: "controlPlane.intent.received@1", by,
    payload: {
      intentId: mintId("int", Date.parse(frame.time), services.random.bytes(10)), as: input.as, ...(prepared.contract === null ? {} : { contract: prepared.contract }),
      keyDigest: frame.keyDigest, channel: caller.channel, assurance: caller.assurance, requesterChain: prepared.chain, labels: input.labels ?? [],
      ...(input.metadata === undefined ? {} : { metadata: input.metadata }), start: input.start ?? "auto", minimumMode: input.minimumMode ?? "autonomous",
      ...(input.deadline === undefined ? {} : { deadline: input.deadline }), ...(input.resubmitOf === undefined ? {} : { resubmitOf: input.resubmitOf }),
      registryDigest: services.registry.digest, runtime: services.runtime,
    },
  }
  const { outcome } = prepared
  if (outcome.kind === "rejected") {
    const draft = outcome.draft === null ? {} : { draft: outcome.draft }
    return [received, { kind: "controlPlane.plan.rejected@1", by, payload: { rejections: outcome.rejections, ...draft } }]
  }
  const { compiled, forecasts } = outcome
  return [
    received,
    {
      kind: "controlPlane.plan.compiled@1", by,
      payload: {
        planId: compiled.planId, planDigest: compiled.planDigest, draftDigest: compiled.draftDigest, draft: outcome.draft, plan: compiled.plan,
        origin: compiled.plan.origin, author: caller.principal, compilerVersion: compiled.plan.compiler, contracts: compiled.contracts,
        stepCount: compiled.plan.steps.length, capabilities: compiled.plan.capabilities, onFailure: outcome.onFailure,
      },
    },
    ...forecasts.flatMap((forecast) => previewFact(forecast, by)),
    ...(input.start === "manual"
      ? []
      : [{ kind: "controlPlane.execution.started@1" as const, by, payload: { planId: compiled.planId, planDigest: compiled.planDigest, minimumMode: input.minimumMode ?? "autonomous" as const } }]),
  ]
}

function previewFact({ step, stepId, decided }: Forecast, by: Attribution): readonly Stated[] {
  if (decided === null) return []
  const { request, verdict } = decided
  return [{
    kind: "controlPlane.policy.decided@1", by,
    payload: {
      stepId, key: step.key, generation: 0, role: "do", phase: "preview", verdict, verdictDigest: verdictDigestOf(verdict), request,
      requestDigest: verdict.circumstances.requestDigest,
    },
  }]
}

function staleDigest(input: SubmitInput, { outcome }: Prepared): Refusal | null {
  if (input.expectPlanDigest === undefined || outcome.kind === "rejected" || outcome.compiled.planDigest === input.expectPlanDigest) return null
  return refuse("DIGEST_STALE", { what: "Plan", read: input.expectPlanDigest, now: outcome.compiled.planDigest })
}

/** Who states the facts of a submission: the caller, by the grant that let it call. */
export function attributionOf(call: Granted<unknown>, onBehalfOf: HumanId | null): Attribution {
  const { caller, verdict, contract } = call
  const grantId = verdict.circumstances.grants[0]
  return {
    principal: { id: caller.principal, kind: caller.kind }, onBehalfOf: onBehalfOf === null ? null : PrincipalId.parse(onBehalfOf), session: caller.session,
    capabilitySource: grantId === undefined ? null : { capability: contract.capability, grantId, source: "grant" }, breakGlassId: null, traceparent: caller.traceparent,
  }
}

/** The digest of an entry kind's contract in this registry. */
export function eventDigest({ registry }: Pick<Services, "registry">, kind: EntryKind) {
  const event = registry.event(kind)
  invariant(event !== undefined, "INV-07", { kind })
  return event.digest
}

const verdictDigestOf = (verdict: Verdict) => digestOf("counterfoil.verdict.v1", canonicalBytes(verdict.core))
