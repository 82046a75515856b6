// Reading the policy in force, and what a change of it would decide differently.
// Owns: which decisions it is compared over. Does not own: comparing (policy), nor whether the change may count (govern/).
// Keeps INV-10: the decisions are those of executions that the caller reaches, and nothing is kept of the comparison.

import {
  err,
  invariant,
  ok,
  parseWith,
  PolicyRequest,
  payloads,
  policyActivate,
  refuse,
  type ExecutionId,
  type Immutable,
  type policyRead,
  type PolicyLayer,
  type Refusal,
  type Result,
} from "@counterfoil/contracts"
import { everyExecution, type ActivePolicy } from "@counterfoil/contracts/ports"
import { compareSets, shippedGoldenVerdicts, type DecidedRequest } from "@counterfoil/policy"
import type { z } from "zod"
import { decidedOn } from "./admit.ts"
import { aboutOf, authorityOf } from "./authorise.ts"
import { replaced, type Activation } from "./govern/check-activation.ts"
import { reachOf } from "./reach.ts"
import { asJson, type Granted, type ServiceAnswer, type Services } from "./service.ts"
import { rowsBy } from "./showing.ts"

type Input = Immutable<z.output<(typeof policyRead)["input"]>>
type Change = Pick<Activation, "policyTexts" | "modeMap"> & { readonly layer: PolicyLayer }

/** How many of the newest executions have their decisions made again, and how many differences are listed. */
const [executionsMax, differencesMax] = [50, 100]
/** Decisions that are made again, twice each: nothing else of this process runs meanwhile, and one execution may have hundreds. */
const decisionsMax = 500

const decidedKind = "controlPlane.policy.decided@1"

/** The service of `controlPlane.policy.read`. */
export async function readPolicyInForce(services: Services, call: Granted<Input>): Promise<ServiceAnswer> {
  const { world } = services
  const live = await world.store.policySource(call.caller.tenant)
  invariant(live !== null, "INV-04", { tenant: call.caller.tenant, policyActivated: false })
  const change = await changeOf(services, call)
  if (!change.ok) return change
  const proposed =
    change.value === null ? null : await comparedWith(services, call, { live, change: change.value })
  return ok({
    body: asJson({
      policySetDigest: live.digest,
      texts: live.source.texts,
      modeMap: live.source.modeMap,
      ...(proposed === null ? {} : { proposed }),
    }),
    final: true,
  })
}

async function changeOf(services: Services, call: Granted<Input>): Promise<Result<Change | null, Refusal>> {
  const { change, executionId } = call.input
  if (executionId === undefined) return ok(change ?? null)
  const asked = await activationOf(services, call, executionId)
  return asked === null ? err(refuse("NOT_FOUND", { type: "Execution" })) : ok(asked)
}

/** The activation that an execution asks for; null for one that the caller may not read, or that asks for something else. */
async function activationOf(
  { world }: Services,
  call: Granted<Input>,
  executionId: ExecutionId,
): Promise<Activation | null> {
  const row = await world.store.execution(call.caller.tenant, executionId)
  const authority = await authorityOf(world, call.caller.tenant)
  const asTrace = { ...call, contract: rowsBy.events, input: { executionId } }
  const allowed = await decidedOn(authority, asTrace, executionId, row === null ? null : aboutOf(row))
  if (!allowed.ok) return null
  const [first] = await world.store.trace(call.caller.tenant, executionId, { fromSeq: 1, limit: 1 })
  const received = parseWith(payloads["controlPlane.intent.received@1"], first?.payload ?? null)
  if (!received.ok || !("contract" in received.value.as) || received.value.as.contract !== policyActivate.ref)
    return null
  const input = parseWith(policyActivate.input, received.value.as.input)
  return input.ok ? input.value : null
}

async function comparedWith(
  services: Services,
  call: Granted<Input>,
  { live, change }: { readonly live: ActivePolicy; readonly change: Change },
) {
  const checked = services.checkPolicy(replaced(live.source, change))
  const nothing = { compared: { cases: 0, decisions: 0 }, differences: [], differing: 0 }
  if (!checked.ok)
    return {
      ...nothing,
      issues: checked.error.map(({ code, file, line, message }) => `${code} ${file}:${line} ${message}`),
    }
  const tests = [shippedGoldenVerdicts()]
  const decided = await newestDecisions(services, call)
  // The set whose digest is in the answer: an activation is bound to it.
  const before = await services.policySet(call.caller.tenant, live.digest)
  const sets = { before, after: checked.value }
  const differences = compareSets(sets, services.registry, { tests, decided })
  return {
    policySetDigest: checked.value.digest,
    issues: [],
    compared: { cases: tests.flatMap(({ cases }) => cases).length, decisions: decided.length },
    differences: differences.slice(0, differencesMax),
    differing: differences.length,
  }
}

async function newestDecisions(
  { world }: Services,
  { caller }: Granted<Input>,
): Promise<readonly DecidedRequest[]> {
  const { reach } = await reachOf(await authorityOf(world, caller.tenant), caller, rowsBy.events)
  const filter = { ...everyExecution, tenant: caller.tenant, reach, at: await world.store.now() }
  const { items } = await world.store.executions(filter, null, executionsMax)
  const decided: DecidedRequest[] = []
  for (const { executionId } of items)
    for (const { head, payload } of await world.store.trace(caller.tenant, executionId)) {
      if (decided.length === decisionsMax) return decided
      if (head.kind !== decidedKind) continue
      const said = parseWith(payloads[decidedKind], payload)
      const request = said.ok ? parseWith(PolicyRequest, said.value.request) : null
      if (request?.ok === true) decided.push({ executionId, request: request.value })
    }
  return decided
}
