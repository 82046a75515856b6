// Who asked, what was planned, and whether each verdict answers its own request about its own step (check 8, first part).
// Owns: the digests, the step, the chain, the time, and the floor under a tier. Does not own: what the rules say (rederive).
// Keeps INV-05 in evidence: a verdict of tier high that allows, or that asks less than two people with keys, does not verify.

import {
  assuranceCovers,
  canonical,
  canonicalBytes,
  classFloor,
  higherTier,
  type ContractPin,
  type Json,
  type PlanStep,
  type Tier,
} from "@counterfoil/contracts"
import { digestOf, planIdOf, stepIdOf } from "@counterfoil/contracts/digest"
import type { RecordedFact } from "@counterfoil/core"
import { kindOfId } from "./verify-trace.ts"
import { firstFault, wrong, type FoundFault, type Planned, type Story, type Told } from "./story.ts"

/** True for equal canonical bytes; an absent field and null are the same here. */
export const isEqual = (a: unknown, b: unknown): boolean =>
  canonical((a ?? null) as Json) === canonical((b ?? null) as Json)

/** The digest of a value under a tag. */
const over = (tag: Parameters<typeof digestOf>[0], value: unknown) =>
  digestOf(tag, canonicalBytes(value as Json))

/** The story that a first entry opens, or what is wrong with it. */
export function storyOf(first: RecordedFact): Story | ReturnType<typeof wrong> {
  const { fact, head } = first
  if (fact.kind !== "controlPlane.intent.received@1")
    return wrong("APPROVAL", first, "/head/kind", "the trace does not begin with an intent")
  const { requesterChain: chain, as, contract } = fact.payload
  // Without its pin a contract's plan could be any: no one could tell which code has to draw it.
  if (("contract" in as ? as.contract : undefined) !== contract?.ref)
    return wrong("APPROVAL", first, "/payload/contract", "the pin is not that of the contract asked for")
  const ids = chain.map(({ id }) => id)
  const isKnown =
    ids[0] === head.principal.id &&
    head.onBehalfOf === (ids.length > 1 ? ids.at(-1) : null) &&
    new Set(ids).size === ids.length &&
    chain.every(({ id, kind, tenant }) => kind === kindOfId(id) && tenant === head.tenant) &&
    chain.every(({ id, grants }) => grants.every(({ principal }) => principal === id))
  if (!isKnown)
    return wrong(
      "APPROVAL",
      first,
      "/payload/requesterChain",
      "the chain is not that of the requester and the human it acts for",
    )
  const { environment, tenant, executionId } = head
  return {
    environment,
    tenant,
    executionId,
    requester: head.principal.id,
    onBehalfOf: head.onBehalfOf,
    chain,
    startsByItself: fact.payload.start === "auto",
    plan: null,
    verdicts: new Map(),
    requests: new Map(),
    lastOf: new Map(),
    nonces: new Set(),
  }
}

/** What is wrong with the plan's entry. */
export function planFault(story: Story, told: Told<"controlPlane.plan.compiled@1">): FoundFault {
  const { plan, planDigest, planId, author, stepCount, contracts } = told.payload
  const no = (at: string, because: string) => wrong("APPROVAL", told, at, because)
  if (story.plan !== null) return no("/head/kind", "there is a second plan")
  if (over("counterfoil.plan.v1", plan) !== planDigest || planIdOf(planDigest) !== planId)
    return no("/payload/planDigest", "the plan is not the one digested")
  if (author !== story.requester)
    return no("/payload/author", "someone else than the requester wrote the plan")
  const calls = plan.steps.flatMap((step) => (step.undo === null ? [step] : [step, step.undo]))
  const pins = new Set(contracts.map((pin) => canonical(pin)))
  return stepCount === plan.steps.length && calls.every((call) => pins.has(canonical(pinOf(call))))
    ? null
    : no("/payload/contracts", "the plan's steps are not those that the entry counts and pins")
}

/** The contract of a step, or of its undo, as entries pin it. */
export const pinOf = ({
  contract,
  contractDigest,
  version,
}: Pick<PlanStep, "contract" | "contractDigest" | "version">): ContractPin => ({
  digest: contractDigest,
  ref: contract,
  version,
})

/** What a payload about a step says of the step's place in the plan. */
type About = Pick<
  Told<"controlPlane.policy.decided@1">["payload"],
  "key" | "stepId" | "generation" | "role"
> & { readonly index?: number }

/** The call that a payload is about; null when the plan has no such step, or the id is not that of its place. */
export function callIn(
  plan: Planned | null,
  { key, stepId, role, index = null }: Omit<About, "index"> & { readonly index?: number | null },
): PlanStep | NonNullable<PlanStep["undo"]> | null {
  const step = plan?.steps.get(key)
  if (plan === null || step === undefined) return null
  if (stepIdOf({ planDigest: plan.planDigest, key, index, role }) !== stepId) return null
  return role === "do" ? step : step.undo
}

/** What is wrong with a verdict. */
export function verdictFault(story: Story, told: Told<"controlPlane.policy.decided@1">): FoundFault {
  const { head, payload } = told
  const { request, verdict } = payload
  const no = (at: string, because: string) => wrong("APPROVAL", told, `/payload/${at}`, because)
  const call = callIn(story.plan, payload)
  if (call === null) return no("stepId", "the plan has no such step")
  if (over("counterfoil.policy-request.v1", request) !== payload.requestDigest)
    return no("requestDigest", "another request than its digest")
  if (over("counterfoil.verdict.v1", verdict.core) !== payload.verdictDigest)
    return no("verdictDigest", "another verdict than its digest")
  if (!isEqual(request.contract, pinOf(call)) || request.effect !== call.effect)
    return no("request/contract", "the request is about another contract than the step's")
  if (request.environment !== story.environment || request.tenant !== story.tenant)
    return no("request/tenant", "the request is of another tenant")
  if (!isEqual(idsOf(request.chain), idsOf(story.chain)))
    return no("request/chain", "the request is for another chain than the requester's")
  if (request.call.now !== head.time) return no("request/call/now", "the request is of another time")
  return firstFault(
    () => coreFault(told),
    () => answerFault(told),
  )
}

const idsOf = (chain: readonly { readonly id: string }[]): readonly string[] => chain.map(({ id }) => id)

function coreFault(told: Told<"controlPlane.policy.decided@1">): FoundFault {
  const { request, verdict } = told.payload
  const { core } = verdict
  const no = (at: string, because: string) => wrong("APPROVAL", told, `/payload/verdict/core/${at}`, because)
  const floor: Tier = higherTier(request.floor.tier, classFloor(request.effect, request.irreversible))
  if (higherTier(core.tier, floor) !== core.tier) return no("tier", "the tier is below the contract's floor")
  if ((core.decision === "hold") !== (core.obligations !== null))
    return no("obligations", "a hold and only a hold asks something of people")
  if ((core.decision === "deny") !== (core.blockReason !== null))
    return no("blockReason", "a denial and only a denial has a reason")
  if (core.tier === "high" && core.decision === "allow")
    return no("decision", "tier high is never allowed without people")
  if (request.breakGlass !== null || core.breakGlassId !== null)
    return no("breakGlassId", "a break-glass session is named, and nothing in a bundle shows one")
  if (core.tier !== "high" || core.obligations === null) return null
  const { quorum, assurance, exclude } = core.obligations
  const people = quorum.reduce((sum, { count }) => sum + count, 0)
  return people >= 2 && assuranceCovers(assurance, "key") && exclude.includes("agentOwner")
    ? null
    : no("obligations", "tier high needs two people, their keys, and no one behind the requester")
}

// A request that could not be read is denied, and its verdict repeats nothing of it.
function answerFault(told: Told<"controlPlane.policy.decided@1">): FoundFault {
  const { request, requestDigest, verdict } = told.payload
  const { core, circumstances } = verdict
  if (core.blockReason === "invalidRequest") return null
  const isAnswer =
    circumstances.requestDigest === requestDigest &&
    core.inputDigest === request.inputDigest &&
    core.contractDigest === request.contract.digest &&
    isEqual(core.chain, idsOf(request.chain)) &&
    core.floor.tier === request.floor.tier
  return isAnswer ? null : wrong("APPROVAL", told, "/payload/verdict", "the verdict answers another request")
}
