// What a trace says about approvals, entry by entry: the requester, the plan, the verdict that binds each step, each request with its reviews.
// Owns: carrying it on by one entry. Does not own: whether an entry may be there (verify-verdict.ts, verify-approval.ts, verify-start.ts).
// Written apart from `evolve`, which wrote the trace: a verifier that asks the writer finds what the writer believes.

import type {
  ApprovalId,
  ApprovalStatus,
  ApprovalStatement,
  ChainMember,
  Digest,
  Fact,
  HumanId,
  Payloads,
  PlanStep,
  PrincipalId,
  QuorumState,
  StepId,
  StepKey,
  Time,
} from "@counterfoil/contracts"
import type { RecordedFact } from "@counterfoil/core"
import { fault, type TraceFault } from "./verify-trace.ts"

/** A fact of one kind with its head. */
export interface Told<K extends Fact["kind"]> {
  readonly head: RecordedFact["head"]
  readonly payload: Payloads[K]
}

/** The plan as its entry states it. */
export interface Planned {
  readonly planDigest: Digest
  readonly author: PrincipalId
  readonly steps: ReadonlyMap<StepKey, PlanStep>
}

type Reviewed = Payloads["controlPlane.approval.reviewed@1"]

/**
 * A request, its reviews, and its state. Reviews are carried on in place, so that many of them need no copy for each: an earlier
 * state is not to be used again.
 */
export interface Request extends Told<"controlPlane.approval.requested@1"> {
  /** Who may not answer, found again from the requester. */
  readonly excluded: readonly PrincipalId[]
  readonly status: ApprovalStatus
  readonly notBefore: Time | null
  readonly quorum: QuorumState
  /** Reviews that counted when they were given, oldest first. */
  readonly counted: Reviewed[]
  /** The last of them of each person. */
  readonly latest: Map<HumanId, Reviewed>
  /** How many roles all of them name. */
  readonly roles: number
  /** Every signed body that was used for it, by late reviews, too. */
  readonly bodies: Set<string>
  readonly successor: ApprovalId | null
}

/**
 * The story so far. Each entry makes a new one of which the maps are carried on in place, so that a long trace needs no copy of
 * them for each entry: an earlier story is not to be used again.
 */
export interface Story {
  readonly environment: ApprovalStatement["environment"]
  readonly tenant: ApprovalStatement["tenant"]
  readonly executionId: ApprovalStatement["executionId"]
  readonly requester: PrincipalId
  readonly onBehalfOf: PrincipalId | null
  readonly chain: readonly ChainMember[]
  /** False where someone has to say start. */
  readonly startsByItself: boolean
  readonly plan: Planned | null
  readonly verdicts: Map<StepId, Told<"controlPlane.policy.decided@1">>
  readonly requests: Map<ApprovalId, Request>
  /** The last request of each step: no other one of the step can be open. */
  readonly lastOf: Map<StepId, ApprovalId>
  readonly nonces: Set<string>
}

/** True while the entries say of a request that it can still be answered or used. */
export const isOpen = ({ status }: Pick<Request, "status">): boolean =>
  status === "open" || status === "approved"

/** A request as it is at a time: expired as soon as its time is over, whether or not an entry says so yet. */
export const atTime = (request: Request, time: Time): Request =>
  isOpen(request) && time >= request.payload.expiresAt ? { ...request, status: "expired" } : request

/** What is wrong at an entry, or null. */
export type FoundFault = TraceFault | null

/** A fault of check 8 or 9 at a place of an entry. */
export const wrong = (
  check: "APPROVAL" | "CONSUMPTION",
  { head }: { readonly head: RecordedFact["head"] },
  at: string,
  because: string,
): TraceFault => fault(check, head.seq, at, because, null, null)

/** The first fault among looks, each made only when those before it found none. */
export function firstFault(...looks: readonly (() => FoundFault)[]): FoundFault {
  for (const look of looks) {
    const found = look()
    if (found !== null) return found
  }
  return null
}

/** The story after one more entry; the one that was given is not to be used again. `excluded` is who may not answer a request that this entry opens. */
export function storyAfter(
  story: Story,
  { fact, head }: RecordedFact,
  excluded: readonly PrincipalId[],
): Story {
  if (fact.kind === "controlPlane.plan.compiled@1") {
    const { planDigest, author, plan } = fact.payload
    const steps = new Map(plan.steps.map((step) => [step.key, step]))
    return { ...story, plan: { planDigest, author, steps } }
  }
  if (fact.kind === "controlPlane.policy.decided@1") {
    const { payload } = fact
    if (payload.phase !== "preview") story.verdicts.set(payload.stepId, { head, payload })
    return story
  }
  if (fact.kind === "controlPlane.approval.requested@1")
    return asking(story, opened({ head, payload: fact.payload }, excluded))
  if (!("approvalId" in fact.payload) || fact.payload.approvalId === undefined) return story
  const request = story.requests.get(fact.payload.approvalId)
  return request === undefined ? story : withRequest(released(story, fact, request), after(request, fact))
}

function opened(told: Told<"controlPlane.approval.requested@1">, excluded: readonly PrincipalId[]): Request {
  const needed = [...told.payload.obligations.quorum].sort((a, b) => (a.role < b.role ? -1 : 1))
  return {
    ...told,
    excluded,
    status: "open",
    notBefore: null,
    quorum: { needed, met: [], missing: needed },
    counted: [],
    latest: new Map(),
    roles: 0,
    bodies: new Set(),
    successor: null,
  }
}

function asking(story: Story, request: Request): Story {
  const { stepId, approvalId, statement } = request.payload
  story.lastOf.set(stepId, approvalId)
  story.nonces.add(statement.nonce)
  return withRequest(story, request)
}

// The verdict goes with a request that is voided: the step is decided anew.
function released(story: Story, { kind }: Fact, { payload }: Request): Story {
  if (kind === "controlPlane.approval.voided@1") story.verdicts.delete(payload.stepId)
  return story
}

/** A request after an entry that names it. */
function after(request: Request, fact: Fact): Request {
  if (fact.kind === "controlPlane.approval.reviewed@1") return afterReview(request, fact.payload)
  if (fact.kind === "controlPlane.approval.escalated@1")
    return { ...request, status: "escalated", successor: fact.payload.toApprovalId }
  if (fact.kind === "controlPlane.approval.expired@1")
    return { ...request, status: fact.payload.fallback === "reject" ? "rejected" : "expired" }
  if (fact.kind === "controlPlane.approval.voided@1") return { ...request, status: "voided" }
  return fact.kind === "controlPlane.execution.step.started@1" && request.status === "approved"
    ? { ...request, status: "consumed" }
    : request
}

function afterReview(request: Request, payload: Reviewed): Request {
  const { late, signature, status, notBefore, quorum } = payload
  if (signature !== undefined) request.bodies.add(signature.payload)
  if (late) return request
  request.counted.push(payload)
  request.latest.set(payload.human, payload)
  return {
    ...request,
    roles: request.roles + payload.roles.length,
    status,
    quorum,
    notBefore: status === "approved" ? (request.notBefore ?? notBefore ?? null) : null,
  }
}

function withRequest(story: Story, request: Request): Story {
  story.requests.set(request.payload.approvalId, request)
  return story
}
