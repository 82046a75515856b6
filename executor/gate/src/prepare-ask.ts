// From an ask to an execution in the making: interpreted, compiled, previewed, and not stored yet.
// Owns: that order, shared by submit and the previews. Does not own: the planner's rules, the verdicts, the append.
// Keeps INV-12: a draft from any source is only a draft until it compiled, and its chain comes from the caller.

import {
  CapabilityName,
  err,
  ok,
  parseInput,
  PrincipalId,
  refuse,
  type Ask,
  type Attribution,
  type Callable,
  type ChainMember,
  type Digest,
  type ExecutionId,
  type Fact,
  type Fence,
  type HumanId,
  type Intent,
  type Issue,
  type Json,
  type Payloads,
  type PlanDraft,
  type PlanRejection,
  type Refusal,
  type Result,
  type Time,
} from "@counterfoil/contracts"
import { mintId } from "@counterfoil/contracts/digest"
import { beginTransition, chainNow, type Transition } from "@counterfoil/round"
import {
  compilePlan,
  interpretIntent,
  intentOf,
  singleStepDraft,
  type CompiledPlan,
} from "@counterfoil/planner"
import { tooWeak } from "./authorise.ts"
import type { Caller } from "./caller.ts"
import type { Services } from "./service.ts"

type Received = Payloads["controlPlane.intent.received@1"]

/** Who asks for what, and how. */
interface AskFrame {
  readonly caller: Caller
  readonly by: Attribution
  readonly as: Ask
  /** The input of the contract asked for, where the gate has parsed it already; else null. */
  readonly parsed: Json | null
  readonly onBehalfOf: HumanId | null
  readonly time: Time
  readonly executionId: ExecutionId
  readonly fence: Fence
  readonly keyDigest: Digest
  readonly start: Received["start"]
  readonly minimumMode: Received["minimumMode"]
  readonly labels: Received["labels"]
  readonly rest: Pick<Received, "metadata" | "deadline" | "resubmitOf" | "callbackId">
}

/** An execution that exists only here: its first facts, and the plan when there is one. */
export interface Prepared {
  readonly draft: Transition
  readonly compiled: CompiledPlan | null
  readonly rejections: readonly PlanRejection[]
}

/** Interprets and compiles. Refuses a malformed ask; a draft that does not compile is an execution that ends rejected. */
export async function prepareAsk(services: Services, frame: AskFrame): Promise<Result<Prepared, Refusal>> {
  const { world } = services
  const ids = [
    frame.caller.principal,
    ...(frame.onBehalfOf === null ? [] : [PrincipalId.parse(frame.onBehalfOf)]),
  ]
  const chain = await chainNow(world.store.directory, frame.caller.tenant, ids, coreCapability)
  if (chain.length !== ids.length) return err(refuse("UNAUTHENTICATED", {}))
  const begunMs = performance.now()
  const drawn = drawDraft(services, frame)
  if (!drawn.ok) return drawn
  const foreseen = await foreseenIssues(services, frame, drawn.value)
  if (foreseen !== null) return err(foreseen)
  const compiled = await compiledFrom(services, frame, ids, drawn.value)
  world.tell({ name: "compiled", ms: performance.now() - begunMs })
  const weak = compiled.ok ? tooWeak(frame.caller, callablesIn(services, compiled.value)) : null
  if (weak !== null) return err(weak)
  const { executionId, fence, time } = frame
  const draft = beginTransition(world, { tenant: frame.caller.tenant, executionId, fence, time }, null)
  draft.add(
    frame.by,
    receivedFact(services, frame, withMakers(chain, frame.caller), drawn.value),
    compiledFact(frame, drawn.value, compiled),
  )
  return ok(
    compiled.ok
      ? { draft, compiled: compiled.value, rejections: [] }
      : { draft, compiled: null, rejections: compiled.error },
  )
}

/**
 * The refusal of an input that its handler would refuse even after an approval. Only a caller who holds the contract's capability
 * gets it: no one else can cause the cost of that check, or learn from it about the tenant.
 */
async function foreseenIssues(
  { world }: Services,
  { caller, time }: AskFrame,
  { contract, input }: Drawn,
): Promise<Refusal | null> {
  if (contract === null || contract.kind === "intent" || contract.path !== "gate") return null
  const foresee = world.handlers.get(contract.ref)?.foresee
  if (foresee === undefined) return null
  const [member] = await chainNow(
    world.store.directory,
    caller.tenant,
    [caller.principal],
    contract.capability,
  )
  if (member?.grants.some(({ expiresAt }) => expiresAt > time) !== true) return null
  const issues = await foresee({ input, tenant: caller.tenant, requester: caller.principal })
  return issues.length === 0 ? null : inputInvalid(contract.ref, issues, "/as/input")
}

/** The contracts that a plan would call, including its undos. */
const callablesIn = ({ registry }: Services, { plan }: CompiledPlan): readonly Callable[] =>
  plan.steps
    .flatMap(({ contract, undo }) => [contract, ...(undo === null ? [] : [undo.contract])])
    .flatMap((ref) => registry.callable(ref) ?? [])

/** The content of an ask: a contract with its parsed input, or a draft of the caller's own. */
interface Drawn {
  readonly contract: Intent | Callable | null
  readonly input: Json
  readonly draft: Result<PlanDraft | Json, readonly PlanRejection[]>
}

function drawDraft({ registry }: Services, { as, caller, parsed: before }: AskFrame): Result<Drawn, Refusal> {
  if ("draft" in as) return ok({ contract: null, input: null, draft: ok(as.draft) })
  if ("text" in as) return err(refuse("INTERPRETER_UNAVAILABLE", {}))
  const contract = registry.find(as.contract)
  if (contract === undefined || contract.kind === "event")
    return err(refuse("CONTRACT_UNKNOWN", { ref: as.contract }))
  if (contract.kind !== "intent" && !contract.auth.kinds.includes(caller.kind))
    return err(refuse("GRANT_MISSING", { principal: caller.principal, capability: contract.capability }))
  const parsed = before === null ? parseInput(contract, as.input) : ok(before)
  if (!parsed.ok) return err(inputInvalid(as.contract, parsed.error, "/as/input"))
  const input = parsed.value
  const draft =
    contract.kind === "intent" ? interpretIntent({ contract, input }) : ok(singleStepDraft(contract, input))
  return ok({ contract, input, draft })
}

/** The refusal of an input that its contract does not accept. */
export function inputInvalid(contract: Callable["ref"], issues: readonly Issue[], below: string): Refusal {
  return refuse(
    "INPUT_INVALID",
    { contract, count: issues.length },
    { issues: issues.map(({ at, code, message }) => ({ at: `${below}${at}`, code, message })) },
  )
}

async function compiledFrom(
  { world, registry }: Services,
  frame: AskFrame,
  ids: readonly PrincipalId[],
  drawn: Drawn,
): Promise<Result<CompiledPlan, readonly PlanRejection[]>> {
  if (!drawn.draft.ok) return drawn.draft
  const [first = [], ...others] = await Promise.all(
    ids.map((id) => world.store.directory.capabilitiesOf(frame.caller.tenant, id)),
  )
  return compilePlan({
    draft: drawn.draft.value,
    origin: drawn.contract === null ? "draft" : "contract",
    contracts: registry,
    asOf: frame.time,
    intent: drawn.contract === null ? null : intentOf(drawn.contract.pin, drawn.input),
    // A chain only narrows: what one member lacks, the whole chain lacks.
    held: first.filter((capability) => others.every((held) => held.includes(capability))),
  })
}

/**
 * The chain as it is recorded. The maker of the token in use, or of a token that it was made with, could have made the request as
 * well, and is a custodian of the caller. A token from a person's one-time sign-in has no other person's token behind it.
 */
function withMakers(
  [first, ...rest]: readonly ChainMember[],
  { principal, mintedBy, origin }: Caller,
): readonly ChainMember[] {
  if (first === undefined) return rest
  const makers = [mintedBy, origin?.from === "person" ? origin.by : null].filter((human) => human !== null)
  const others = makers.filter((human) => String(human) !== String(principal))
  if (others.length === 0) return [first, ...rest]
  const custodians = [...new Set([...(first.custodians ?? []), ...others])].toSorted()
  return [{ ...first, custodians }, ...rest]
}

function receivedFact(
  services: Services,
  frame: AskFrame,
  chain: readonly ChainMember[],
  { contract, input }: Drawn,
): Fact {
  return {
    kind: "controlPlane.intent.received@1",
    payload: {
      as: contract === null ? frame.as : { contract: contract.ref, input },
      assurance: frame.caller.assurance,
      channel: frame.caller.channel,
      ...(contract === null ? {} : { contract: contract.pin }),
      intentId: mintId("int", Date.parse(frame.time), services.world.random.bytes(10)),
      keyDigest: frame.keyDigest,
      labels: frame.labels,
      minimumMode: frame.minimumMode,
      registryDigest: services.registry.digest,
      requesterChain: chain,
      runtime: services.runtime,
      start: frame.start,
      ...frame.rest,
    },
  }
}

function compiledFact(
  frame: AskFrame,
  { contract, draft }: Drawn,
  compiled: Result<CompiledPlan, readonly PlanRejection[]>,
): Fact {
  if (!compiled.ok)
    return {
      kind: "controlPlane.plan.rejected@1",
      payload: { ...(draft.ok ? { draft: draft.value } : {}), rejections: compiled.error },
    }
  const { plan, planId, planDigest, draftDigest, contracts, capabilities } = compiled.value
  return {
    kind: "controlPlane.plan.compiled@1",
    payload: {
      author: frame.caller.principal,
      capabilities,
      compilerVersion: plan.compiler,
      contracts,
      draft: compiled.value.draft,
      draftDigest,
      onFailure: contract?.kind === "intent" ? contract.onFailure : "stop",
      origin: plan.origin,
      plan,
      planDigest,
      planId,
      stepCount: plan.steps.length,
    },
  }
}

const coreCapability = CapabilityName.parse("control-plane.core")
