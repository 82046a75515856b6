// Explains a verdict: of a recorded step, or of a contract and input that were not submitted.
// Owns: finding the request to explain, and the words. Does not own: the explanation itself (policy).

import {
  buildPolicyRequest,
  canonicalBytes,
  err,
  ok,
  parseInput,
  PolicyRequest,
  parseWith,
  refuse,
  type Immutable,
  type Json,
  type policyExplain,
  type PrincipalId,
  type Refusal,
  type Result,
  type StepId,
  type ExecutionId,
  type Verdict,
} from "@counterfoil/contracts"
import { inputDigestOf } from "@counterfoil/contracts/digest"
import { explainVerdict, verdictDigestOf, type Explanation } from "@counterfoil/policy"
import type { z } from "zod"
import { decidedOn } from "./admit.ts"
import { aboutOf, authorise, authorityOf } from "./authorise.ts"
import { inputInvalid } from "./prepare-ask.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"

type Input = Immutable<z.output<(typeof policyExplain)["input"]>>
type Asked = { readonly request: PolicyRequest; readonly recorded: string | null }

/** The service of `controlPlane.policy.explain`. */
export async function explainPolicy(services: Services, call: Granted<Input>): Promise<ServiceAnswer> {
  const { of } = call.input
  const asked =
    "executionId" in of
      ? await recordedRequest(services, call, of)
      : await supposedRequest(services, call, of)
  if (!asked.ok) return asked
  const { request, recorded } = asked.value
  const set = await services.policySet(call.caller.tenant)
  const verdict = set.decide(request)
  const explanation = explainVerdict(set, request, verdict)
  const { core } = verdict
  return ok({
    body: asJson({
      decision: core.decision,
      tier: core.tier,
      mode: core.mode,
      ...(core.blockReason === null ? {} : { blockReason: core.blockReason }),
      determining: explanation.rules.map(({ tier, ...rule }) => ({
        ...rule,
        ...(tier === null ? {} : { tier }),
      })),
      nearMisses: explanation.nearMisses.map(({ ruleId, clause, values }) => ({
        ruleId,
        clause,
        values: values.map(({ path, value }) => `${path} = ${value}`),
      })),
      ...(core.obligations === null ? {} : { obligations: core.obligations }),
      floor: core.floor,
      policySetDigest: set.digest,
      sliceDigest: core.sliceDigest,
      engineDigest: set.engineDigest,
      ...(recorded === null ? {} : { matchesRecorded: verdictDigestOf(verdict) === recorded }),
      evaluatedAt: services.world.clock.now(),
      text: textOf(verdict, explanation),
    }),
    final: true,
  })
}

async function recordedRequest(
  { world }: Services,
  call: Granted<Input>,
  of: { readonly executionId: ExecutionId; readonly stepId?: StepId },
): Promise<Result<Asked, Refusal>> {
  const row = await world.store.execution(call.caller.tenant, of.executionId)
  const authority = await authorityOf(world, call.caller.tenant)
  const allowed = await decidedOn(authority, call, of.executionId, row === null ? null : aboutOf(row))
  if (!allowed.ok) return err(refuse("NOT_FOUND", { type: "Execution" }))
  const entries = await world.store.trace(call.caller.tenant, of.executionId)
  const decided = entries
    .filter(({ head }) => head.kind === "controlPlane.policy.decided@1")
    .map(({ payload }) => payload)
    .filter(isDecided)
  const last = decided.findLast(({ stepId }) => of.stepId === undefined || stepId === of.stepId)
  const request = last === undefined ? null : parseWith(PolicyRequest, last.request)
  if (last === undefined || request === null || !request.ok) return err(refuse("NOT_FOUND", { type: "Step" }))
  return ok({ request: request.value, recorded: last.verdictDigest })
}

async function supposedRequest(
  services: Services,
  call: Granted<Input>,
  of: { readonly contract: string; readonly input: Json; readonly as?: PrincipalId },
): Promise<Result<Asked, Refusal>> {
  const contract = services.registry.callable(of.contract)
  if (contract === undefined) return err(refuse("NOT_FOUND", { type: "Contract" }))
  const input = parseInput(contract, of.input)
  if (!input.ok) return err(inputInvalid(contract.ref, input.error, "/of/input"))
  const { world } = services
  const authority = await authorityOf(world, call.caller.tenant)
  const subject = of.as ?? call.caller.principal
  // The object is the principal whose grants are explained: a grant of level own explains no one else's.
  const about = { executionId: null, owners: [subject] }
  if (!(await authorise(authority, call.caller, call.contract, {}, about)).ok)
    return err(refuse("NOT_FOUND", { type: "Principal" }))
  const member = await world.store.directory.member(call.caller.tenant, subject, contract.capability)
  if (member === null) return err(refuse("NOT_FOUND", { type: "Principal" }))
  const request = buildPolicyRequest({
    environment: world.environment,
    tenant: call.caller.tenant,
    contract,
    input: input.value,
    inputDigest: inputDigestOf(canonicalBytes(input.value)),
    taint: [],
    chain: [member],
    object: null,
    call: {
      channel: call.caller.channel,
      assurance: call.caller.assurance,
      origin: "contract",
      labels: [],
      planSteps: 1,
      now: world.clock.now(),
    },
    minimumMode: "autonomous",
    breakGlass: null,
  })
  return ok({ request, recorded: null })
}

interface Decided {
  readonly stepId: string
  readonly request: Json
  readonly verdictDigest: string
}
const isDecided = (payload: Json | null): payload is Json & Decided =>
  typeof payload === "object" && payload !== null && "verdictDigest" in payload && "request" in payload

/** The explanation as people read it in a terminal. */
function textOf({ core }: Verdict, { rules, nearMisses, obligations }: Explanation): string {
  return [
    `${core.decision}, tier ${core.tier}${core.blockReason === null ? "" : `, ${core.blockReason}`}${rules.length === 0 ? "" : `, by ${rules.map(({ ruleId, source }) => `${ruleId} (${source.file}:${source.line})`).join(", ")}`}`,
    `floor ${core.floor.tier}: ${core.floor.because.join(", ")}`,
    ...rules.map(({ ruleId, reason }) => `rule ${ruleId}: ${reason}`),
    ...obligations.map(({ from, says }) => `asks ${says} (${from})`),
    ...nearMisses.map(
      ({ ruleId, clause, values }) =>
        `near miss ${ruleId}: fails at ${clause} [${values.map(({ path, value }) => `${path} = ${value}`).join(", ")}]`,
    ),
  ].join("\n")
}
