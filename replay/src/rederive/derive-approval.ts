// Approval requests and reviews again: the statement that people saw, and the result of their answers.
// Owns: every `approval.*` entry. Does not own: who may review (a fact, with role and assurance), nor signatures (verify).
// Keeps INV-06: the excluded and the tally are derived, so that an answer that may not count cannot have counted.

import { canonical, type Fact, type Payloads, type PrincipalId } from "@counterfoil/contracts"
import {
  excludedFrom,
  isLive,
  requestFacts,
  review,
  withdrawalFacts,
  type BoundVerdict,
  type Execution,
  type Request,
} from "@counterfoil/core"
import { tallyReviews } from "@counterfoil/policy"
import { derived, given, undue, unknown, type Derived, type EntryPlace, type Question } from "./derivation.ts"
import { paidSet } from "./derivation-work.ts"
import { owedOrDue } from "./derive-due.ts"

/** The request that a held step had to open. */
export function deriveRequest(question: Question<"controlPlane.approval.requested@1">): Derived {
  const {
    fact: { payload },
    due,
    escalation,
  } = question
  const supersedes = payload.supersedes ?? null
  const offered = due.find(
    (work): work is Request =>
      work.kind === "request" && work.question.stepId === payload.stepId && work.supersedes === supersedes,
  )
  const request =
    offered ?? (supersedes !== null && escalation?.supersedes === supersedes ? escalation : null)
  if (request === null) return undue("no step asks for an approval now")
  const facts = opened(question, request, payload)
  if (facts === "spent") return unknown("bounds", "the work of reading the rules again")
  if (facts === null) return unknown("contract", payload.statement.contract.ref)
  const last = facts.at(-1)
  return last === undefined ? undue("no step asks for an approval now") : derived(last)
}

/** The escalation of a request that no one answered; one by a person is a fact. */
export function deriveEscalation(question: Question<"controlPlane.approval.escalated@1">): Derived {
  const {
    fact: { payload },
    due,
    execution,
  } = question
  if (payload.because === "operator") return given
  const request = due.find(
    (work): work is Request => work.kind === "request" && work.supersedes === payload.approvalId,
  )
  const approval = execution.approvals.find(({ approvalId }) => approvalId === payload.approvalId)
  if (request === undefined || approval === undefined) return undue("the request is not out of time")
  const facts = opened(question, request, {
    approvalId: payload.toApprovalId,
    statement: approval.statement,
    excluded: approval.excluded,
    reasons: [],
  })
  if (facts === "spent") return unknown("bounds", "the work of reading the rules again")
  const [first] = facts ?? []
  return first === undefined
    ? unknown("contract", approval.statement.contract.ref)
    : { kind: "derived", fact: first, next: [], escalation: request }
}

/** The result of an answer: late or counted, the tally, the status, the waiting time. */
export function deriveReview({
  execution,
  fact: { payload },
  now,
}: Question<"controlPlane.approval.reviewed@1">): Derived {
  const approval = execution.approvals.find(({ approvalId }) => approvalId === payload.approvalId)
  if (approval === undefined) return undue("there is no such request")
  const {
    approvalDigest,
    stepId,
    statement: { planDigest },
  } = approval
  const { method, token = null, reason = null, reasonCode = null, note = null, signature = null } = payload
  if (method === "system") {
    const [withdrawn] = isLive(approval)
      ? withdrawalFacts(approval, [payload], { now, tally: tallyReviews })
      : []
    return withdrawn === undefined ? undue("there is no review to take back") : derived(withdrawn)
  }
  const again = review(
    execution,
    { ...payload, stepId, approvalDigest, planDigest, method, token, reason, reasonCode, note, signature },
    now,
    tallyReviews,
  )
  return again.ok ? derived(...again.value.facts) : undue(`this answer is refused: ${again.error.code}`)
}

/** Expiry follows from the time; a void follows from the state, or from a policy that decides anew. */
export function deriveClosing(
  question: Question<"controlPlane.approval.expired@1" | "controlPlane.approval.voided@1">,
): Derived {
  const { fact, due } = question
  if (fact.kind === "controlPlane.approval.voided@1" && fact.payload.because === "policyChanged") {
    // The verdict that voided it comes next and is derived there; here only that a step was about to consume it.
    return due.some((work) => work.kind === "dispatch" && work.approvalId === fact.payload.approvalId)
      ? given
      : undue("no step was about to use this approval")
  }
  return owedOrDue(fact, question)
}

function opened(
  { execution, sources, work, now }: EntryPlace,
  request: Request,
  recorded: Recorded,
): readonly Fact[] | null | "spent" {
  const contract = sources.contracts.lookup(request.question.contract.ref)
  const verdict = execution.steps.find(({ stepId }) => stepId === request.question.stepId)?.verdict ?? null
  if (contract === null || verdict === null || verdict.core.obligations === null) return null
  const ids = new Set(recorded.statement.requesterChain)
  const chain = execution.intent.requesterChain.filter(({ id }) => ids.has(id))
  const { policies, contracts } = sources
  const set = policies === null ? null : paidSet({ policies, contracts, work }, verdict.policySetDigest, now)
  if (set === "spent") return "spent"
  // Releases before 0.2 gave the reasons of all rules that allowed the step, and none of its floor.
  const former = set?.reasonsOf(verdict.core.determining) ?? []
  const asBefore = spelled(former) === spelled(recorded.reasons)
  const reasons = asBefore ? recorded.reasons : (set?.holdReasonsOf(verdict.core) ?? recorded.reasons)
  return requestFacts(execution, request, contract, {
    approvalId: recorded.approvalId,
    nonce: recorded.statement.nonce,
    now,
    chain,
    sameTeam: teamOf(execution, verdict, recorded, chain),
    reasons,
  })
}

const spelled = (reasons: Recorded["reasons"]): string =>
  canonical(reasons.map(({ ruleId, text }) => ({ ruleId, text })))

type Recorded = Pick<
  Payloads["controlPlane.approval.requested@1"],
  "approvalId" | "statement" | "excluded" | "reasons"
>

// Who shares a team is the directory's word at that time: taken as recorded, where the obligations ask for it.
function teamOf(
  execution: Execution,
  { core: { obligations }, behind }: BoundVerdict,
  { excluded }: Recorded,
  chain: Execution["intent"]["requesterChain"],
): readonly PrincipalId[] {
  if (obligations === null || !obligations.exclude.includes("sameTeam")) return []
  const own = new Set(excludedFrom(execution, obligations, { chain, sameTeam: [], behind }))
  return excluded.filter((id) => !own.has(id))
}
