// The gate itself: parse by the contract, authorise, run the service; every failure becomes a problem.
// Owns: the order and the table of services. Does not own: any of them.
// Keeps INV-04: no service, no grant or an error is a refusal; and INV-12: no caller from outside can act as the program.

import {
  isObject,
  controlPlaneCallables,
  DefinitionError,
  err,
  intentSubmit,
  ok,
  parseInput,
  refuse,
  type Callable,
  type executionCancel,
  type executionPause,
  type executionResolve,
  type executionResume,
  type executionRetry,
  type executionStart,
  type Immutable,
  type Json,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import type { z } from "zod"
import { posesAsProgram } from "./identity/program-service.ts"
import { admit } from "./admit.ts"
import { inFlight, steering, stepOf, toUndo } from "./control-services.ts"
import { readContractDrift } from "./drift-service.ts"
import { explainPolicy } from "./explain-service.ts"
import { failureOf } from "./failure-of.ts"
import type { Call, CallAnswer, Gate } from "./gate.ts"
import { inputInvalid } from "./prepare-ask.ts"
import { compilePlanPreview, verifyPlanPreview } from "./preview-services.ts"
import {
  exportEvidence,
  getExecution,
  getTrace,
  listApprovals,
  listContracts,
  listExecutions,
  listQuarantine,
} from "./read-services.ts"
import { approve, reject } from "./review-services.ts"
import { readPolicyInForce } from "./policy-service.ts"
import type { Granted, ServiceAnswer, Services } from "./service.ts"
import { submitIntent } from "./submit-intent.ts"

/** The gate of one process. Throws `DefinitionError` when a contract that the registry serves has no service. */
export function makeGate(services: Services, report: (error: unknown, traceId: string) => void): Gate {
  const missing = controlPlaneCallables.filter(
    (contract) => contract.path !== "gate" && !(contract.name in table),
  )
  if (missing.length > 0)
    throw new DefinitionError(
      "the gate",
      missing.map(({ ref }) => `${ref} has no service`),
    )
  return {
    call: async (call) => {
      const { traceId } = call
      try {
        const answer = await answered(services, call)
        return answer.ok ? { kind: "answer", ...answer.value } : refused(answer.error, traceId)
      } catch (error) {
        report(error, traceId)
        return refused(failureOf(error, traceId), traceId)
      }
    },
  }
}

async function answered(services: Services, call: Call): Promise<ServiceAnswer> {
  if (posesAsProgram(call.caller)) return err(refuse("UNAUTHENTICATED", {}))
  const contract = services.registry.callable(call.contract)
  if (contract === undefined || contract.path === "step") return err(refuse("ROUTE_NOT_FOUND", {}))
  const aliased = aliasOf(call, contract, call.input)
  if (!aliased.ok) return aliased
  const asked = aliased.value
  const input = parseInput(asked.contract, asked.input)
  if (!input.ok) return err(inputInvalid(asked.contract.ref, input.error, ""))
  const allowed = await admit(services, call.caller, asked.contract, input.value)
  if (!allowed.ok) return allowed
  const service = table[asked.contract.name]
  if (service === undefined) return err(refuse("ROUTE_NOT_FOUND", {}))
  // The table pairs each name with the service for that contract's input, and the contract parsed this input.
  return service(services, {
    caller: call.caller,
    contract: asked.contract,
    input: input.value as never,
    parsed: asked.parsed,
    ...allowed.value,
    waitMs: call.waitMs,
    signal: call.signal,
  })
}

/** The contract whose service is called, with its input; `parsed`: the body as a gate contract parsed it, else null. */
interface Aliased {
  readonly contract: Callable
  readonly input: Json
  readonly parsed: Json | null
}

/** A gate contract is submitted as an intent of its own: the body is its input, and the key names the wish. */
function aliasOf({ caller }: Call, contract: Callable, input: Json): Result<Aliased, Refusal> {
  if (contract.path !== "gate" || contract.ref === intentSubmit.ref)
    return ok({ contract, input, parsed: null })
  if (!contract.auth.kinds.includes(caller.kind))
    return err(refuse("GRANT_MISSING", { principal: caller.principal, capability: contract.capability }))
  if (!isObject(input))
    return err(
      inputInvalid(
        contract.ref,
        [{ at: "", code: "type", message: "A value of type object is expected." }],
        "",
      ),
    )
  const { key, wait, ...body } = input
  const parsed = parseInput(contract, body)
  if (!parsed.ok) return err(inputInvalid(contract.ref, parsed.error, ""))
  return ok({
    contract: intentSubmit,
    input: {
      ...(key === undefined ? {} : { key }),
      ...(wait === undefined ? {} : { wait }),
      as: { contract: contract.ref, input: body },
    },
    parsed: parsed.value,
  })
}

function refused(refusal: Refusal, traceId: string): CallAnswer {
  const problem = refusal.problem(traceId)
  const { seconds } = problem.details
  return {
    kind: "problem",
    problem,
    ...(typeof seconds === "number" && problem.actor === "retry" ? { retryAfterSeconds: seconds } : {}),
  }
}

const startExecution = steering<Steer<typeof executionStart>>(
  ({ planDigest }) => ({ kind: "start", planDigest }),
  (_input, after, at) => ({ planId: after.plan?.planId, startedAt: at }),
)
const cancelExecution = steering<Steer<typeof executionCancel>>(
  ({ reason, undo }) => ({ kind: "cancel", reason, undo: undo ?? "none" }),
  (_input, after, at) => ({ cancelRequestedAt: at, inFlight: inFlight(after), toUndo: toUndo(after) }),
)
const pauseExecution = steering<Steer<typeof executionPause>>(
  ({ reason, until }) => ({ kind: "pause", reason, until: until ?? null, because: "operator" }),
  (_input, after, at) => ({ pausedAt: at, inFlight: inFlight(after) }),
)
const resumeExecution = steering<Steer<typeof executionResume>>(
  ({ reason }) => ({ kind: "resume", reason: reason ?? null }),
  (_input, _after, at) => ({ resumedAt: at }),
)
const retryStep = steering<Steer<typeof executionRetry>>(
  ({ stepId, reason }) => ({ kind: "retry", stepId, reason }),
  ({ stepId }, after, at) => ({ stepId, generation: stepOf(after, stepId).generation, retriedAt: at }),
)
const resolveStep = steering<Steer<typeof executionResolve>>(
  ({ stepId, generation, attempt, outcome, output, next, evidence, reason }, caller) => ({
    kind: "resolve",
    stepId,
    generation,
    attempt,
    evidence,
    reason,
    by: caller.principal,
    outcome:
      outcome === "happened"
        ? { kind: "happened", output: output ?? null }
        : { kind: "didNotHappen", next: next ?? "runAgain" },
  }),
  ({ stepId }, after, at) => ({
    stepId,
    generation: stepOf(after, stepId).generation,
    status: stepOf(after, stepId).state.status,
    resolvedAt: at,
  }),
)

type Steer<C extends { readonly input: z.ZodType }> = Immutable<z.output<C["input"]>>
type AnyService = (services: Services, call: Granted<never>) => Promise<ServiceAnswer>

/** The service of every contract that is not itself a step. */
const table: { readonly [name: string]: AnyService } = {
  "controlPlane.intent.submit": submitIntent,
  "controlPlane.plan.compile": compilePlanPreview,
  "controlPlane.plan.verify": verifyPlanPreview,
  "controlPlane.execution.start": startExecution,
  "controlPlane.execution.approve": approve,
  "controlPlane.execution.reject": reject,
  "controlPlane.execution.cancel": cancelExecution,
  "controlPlane.execution.pause": pauseExecution,
  "controlPlane.execution.resume": resumeExecution,
  "controlPlane.execution.retry": retryStep,
  "controlPlane.execution.resolve": resolveStep,
  "controlPlane.execution.evidence.export": exportEvidence,
  "controlPlane.execution.get": getExecution,
  "controlPlane.execution.list": listExecutions,
  "controlPlane.approval.list": listApprovals,
  "controlPlane.quarantine.list": listQuarantine,
  "controlPlane.trace.get": getTrace,
  "controlPlane.policy.explain": explainPolicy,
  "controlPlane.policy.read": readPolicyInForce,
  "controlPlane.contract.list": listContracts,
  "controlPlane.contract.drift": readContractDrift,
}
