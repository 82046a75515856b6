// Submitting: from an authenticated ask to a durable execution, in one append.
// Owns: the idempotent answer and the contents of the first append. Does not own: planning, deciding, executing.
// Keeps INV-02 (starts follow their verdicts in that append), INV-12 and INV-14 (answered after the commit).

import {
  canonicalBytes,
  durationMs,
  err,
  Fence,
  invariant,
  ok,
  PrincipalId,
  refuse,
  type Attribution,
  type Digest,
  type ExecutionId,
  type HumanId,
  type Immutable,
  type intentSubmit,
  type Json,
  type Refusal,
  type Result,
  type TenantId,
} from "@counterfoil/contracts"
import { clientKeyDigestOf, mintId, requestDigestOf } from "@counterfoil/contracts/digest"
import type { InboxRow } from "@counterfoil/contracts/ports"
import { leaseSeconds, settleAndAppend } from "@counterfoil/round"
import type { Execution } from "@counterfoil/core"
import type { z } from "zod"
import { callbackRefusal } from "./callback-refusal.ts"
import { delegation } from "./authorise.ts"
import { forbidReasonsOf } from "./forbid-reasons.ts"
import { goesFirst } from "./goes-first.ts"
import { prepareAsk, type Prepared } from "./prepare-ask.ts"
import { readExecution, waitForFinal } from "./read-execution.ts"
import type { Granted, ServiceAnswer, Services } from "./service.ts"
import { isFinal, submittedView } from "./views.ts"

type SubmitInput = Immutable<z.output<(typeof intentSubmit)["input"]>>

interface Made {
  readonly execution: Execution
  readonly duplicate: boolean
}

/** The service of `controlPlane.intent.submit`. */
export async function submitIntent(services: Services, call: Granted<SubmitInput>): Promise<ServiceAnswer> {
  const made = await makeOrFind(services, call)
  if (!made.ok) return made
  const waitMs =
    call.input.wait === undefined ? call.waitMs : Math.min(durationMs(call.input.wait), waitMsMax)
  const execution =
    waitMs > 0
      ? await waitForFinal(services, made.value.execution, waitMs, call.signal)
      : made.value.execution
  return ok({
    body: submittedView(execution, {
      duplicate: made.value.duplicate,
      publicUrl: services.publicUrl(),
      now: services.world.clock.now(),
      forbidden: await forbidReasonsOf(services.world, execution),
    }),
    final: isFinal(execution),
  })
}

/** Longest wait of one answer: below what proxies cut off. */
export const waitMsMax = 25_000

/**
 * A key that made an execution is answered with that execution, even when the submission would be refused now: for a deadline that
 * has passed, a contract that is gone, a used-up quota. A caller that lost its answer could not get it otherwise.
 */
async function makeOrFind(services: Services, call: Granted<SubmitInput>): Promise<Result<Made, Refusal>> {
  const made = await makeExecution(services, call)
  if (made.ok) return made
  const earlier = await services.world.store.madeUnder(inboxOf(call))
  return earlier === null ? made : found(services, call, earlier)
}

async function makeExecution(services: Services, call: Granted<SubmitInput>): Promise<Result<Made, Refusal>> {
  const { caller, input } = call
  const { world } = services
  const unregistered = callbackRefusal(services.callbacks, caller, input.callbackId)
  if (unregistered !== null) return err(unregistered)
  const human = await delegation(world.store.directory, caller, input.onBehalfOf)
  if (!human.ok) return human
  // Deadlines of the first calls run from here, however long the commit takes.
  const begunMs = performance.now()
  const time = world.clock.now()
  if (input.deadline !== undefined && input.deadline <= time)
    return err(refuse("DEADLINE_PASSED", { time: input.deadline }))
  const first = goesFirst(world, caller, input)
  const used = first ? null : await services.quotas.refusal(caller.tenant, caller.principal)
  if (used !== null) return err(used)
  const takes = hasRoom(services, caller.tenant, first)
  const fence = Fence.parse(takes ? 1 : 0)
  const by = attributionOf(call, human.value)
  const prepared = await prepareAsk(services, {
    caller,
    by,
    as: input.as,
    parsed: call.parsed,
    onBehalfOf: human.value,
    time,
    executionId: mintId("exe", Date.parse(time), world.random.bytes(10)),
    fence,
    keyDigest: clientKeyDigestOf(input.key),
    start: input.start ?? "auto",
    minimumMode: input.minimumMode ?? "autonomous",
    labels: input.labels ?? [],
    rest: {
      ...(input.metadata === undefined ? {} : { metadata: input.metadata }),
      ...(input.deadline === undefined ? {} : { deadline: input.deadline }),
      ...(input.resubmitOf === undefined ? {} : { resubmitOf: input.resubmitOf }),
      ...(input.callbackId === undefined ? {} : { callbackId: input.callbackId }),
    },
  })
  if (!prepared.ok) return prepared
  const stale = staleDigest(input, prepared.value)
  if (stale !== null) return err(stale)
  return write(services, call, prepared.value, { by, first, takes, fence, begunMs })
}

/** How a new execution is written: by whom, whether it goes first, whether this process goes on with it, and since when its first deadlines run. */
interface Writing {
  readonly by: Attribution
  readonly first: boolean
  readonly takes: boolean
  readonly fence: Fence
  readonly begunMs: number
}

const hasRoom = ({ worker }: Services, tenant: TenantId, first: boolean): boolean =>
  worker !== null && (first ? !worker.isStopping() : worker.hasRoom(tenant))

/** Writes the execution, or finds the one that the same key made before. */
async function write(
  services: Services,
  call: Granted<SubmitInput>,
  { draft }: Prepared,
  { by, first, takes, fence, begunMs }: Writing,
): Promise<Result<Made, Refusal>> {
  const { world, worker } = services
  const { settled, answer } = await settleAndAppend(world, draft, {
    by,
    dispatches: takes,
    busy: new Set(),
    create: {
      inbox: inboxOf(call),
      leaseTo: takes ? { worker: world.worker, seconds: leaseSeconds } : null,
      goesFirst: first,
    },
  })
  const execution = draft.execution()
  const { tenant, executionId, head } = execution
  if (answer?.kind === "appended") {
    services.quotas.made(tenant, call.caller.principal, execution.approvals.length)
    if (takes && worker !== null)
      worker.take({ tenant, executionId, fence, head }, { execution, settled, begunMs })
    else world.doorbell.ring(executionId)
    return ok({ execution, duplicate: false })
  }
  invariant(answer?.kind === "sameKey", "INV-07", { executionId })
  return found(services, call, answer)
}

/** The execution that an earlier submit with the same key made, if it asked for the same. */
async function found(
  { world }: Services,
  call: Granted<SubmitInput>,
  earlier: { readonly executionId: ExecutionId; readonly requestDigest: Digest },
): Promise<Result<Made, Refusal>> {
  if (earlier.requestDigest !== inboxOf(call).requestDigest) return err(refuse("IDEMPOTENCY_CONFLICT", {}))
  const execution = await readExecution(world.store, call.caller.tenant, earlier.executionId)
  invariant(execution !== null, "INV-14", { executionId: earlier.executionId })
  return ok({ execution, duplicate: true })
}

/** The caller's key and the digest of its request; the time that it waits is not part of the digest. */
function inboxOf({ caller, contract, input: { key, wait: _wait, ...body } }: Granted<SubmitInput>): InboxRow {
  return {
    tenant: caller.tenant,
    principal: caller.principal,
    contract: contract.ref,
    keyDigest: clientKeyDigestOf(key),
    requestDigest: requestDigestOf(contract.ref, canonicalBytes(body as Json)),
  }
}

function staleDigest({ expectPlanDigest: read }: SubmitInput, { compiled }: Prepared): Refusal | null {
  if (read === undefined || compiled === null || compiled.planDigest === read) return null
  return refuse("DIGEST_STALE", { what: "Plan", read, now: compiled.planDigest })
}

/** The author of a call's facts: the caller, by the grant that admitted it. */
export function attributionOf(
  { caller, verdict, contract }: Pick<Granted<unknown>, "caller" | "verdict" | "contract">,
  onBehalfOf: HumanId | null,
): Attribution {
  const grantId = verdict.circumstances.grants[0]
  return {
    principal: { id: caller.principal, kind: caller.kind },
    onBehalfOf: onBehalfOf === null ? null : PrincipalId.parse(onBehalfOf),
    session: caller.session,
    capabilitySource:
      grantId === undefined ? null : { capability: contract.capability, grantId, source: "grant" },
    breakGlassId: null,
    traceparent: caller.traceparent,
  }
}
