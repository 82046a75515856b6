// Check 8: what people were asked is what the verdict held, and each answer is by who it says, allowed, and signed where it has to be.
// Nothing is taken from a request's own list of who is excluded, nor from a review's own tally: both are made again (INV-02, INV-06).

import {
  afterReview,
  atTime,
  currentAnswer,
  escalated,
  expired,
  givenBy,
  isLive,
  requested,
  reviewed,
  signedBody,
  voided,
  type Approval,
} from "./approval-state.ts"
import { checkAuthor, noteWriter, noWriters } from "./authors.ts"
import type { Budget } from "./budget.ts"
import {
  callOf,
  checkPlan,
  checkVerdict,
  compiled,
  decided,
  pinOf,
  received,
  same,
  stated,
  type Planned,
  type Stated,
} from "./decisions.ts"
import { Fault } from "./fault.ts"
import { addMs, digestOf, durationMs, idempotencyKey } from "./formulas.ts"
import {
  jcs,
  listAt,
  memberOf,
  numberAt,
  objectAt,
  objectsAt,
  textAt,
  textsAt,
  type JsonObject,
} from "./json.ts"
import {
  covers,
  excludedFrom,
  fallbackAt,
  neededRoles,
  peopleBehind,
  obligationsAt,
  obligationsOf,
  tally,
  timeoutAt,
} from "./quorum.ts"
import type { Entry, Lines } from "./read-lines.ts"
import { spendOnEntry } from "./story-work.ts"
import { storyOf, type Story } from "./story.ts"
import { checkSaid, checkSignature, readEnvelope, type TrustedKey } from "./signatures.ts"

/** The kind of a start. */
export const started = "controlPlane.execution.step.started@1"
const resolved = "controlPlane.execution.step.resolved@1"

/** One review and how it is shown to be its person's: an `unsigned` one could have been written by the server. */
export interface ReviewProof {
  readonly seq: number
  readonly human: string
  readonly method: string
  readonly assurance: string
  readonly signature: "verified" | "notChecked" | "unsigned"
}

/** Check 8. All payloads have to be here. Answers how each review is proven. Throws `Undecided` when `budget` does not suffice. */
export function checkApprovals(
  { header, entries }: Pick<Lines, "header" | "entries">,
  keys: readonly TrustedKey[] | null,
  budget: Budget,
): readonly ReviewProof[] {
  const story = storyOf(header, entries)
  const reviewIds = new Set<string>()
  const proofs: ReviewProof[] = []
  const writers = noWriters()
  for (const entry of entries) {
    spendOnEntry(budget, story, entry)
    const { seq, kind, head } = entry
    if (memberOf(head, "breakGlassId") !== null)
      throw new Fault("a break-glass session is named, and nothing in a bundle shows one", {
        seq,
        at: "/head/breakGlassId",
      })
    checkAuthor(story.asked.startsByItself, writers, entry)
    if (kind === received && seq !== 1) throw new Fault("there is a second intent", { seq, at: "/head/kind" })
    if (kind === reviewed) {
      const about = stated(entry)
      const reviewId = textAt(about.payload, "reviewId")
      if (reviewIds.has(reviewId))
        throw new Fault("a review has this id already", { seq, at: "/payload/reviewId" })
      reviewIds.add(reviewId)
      proofs.push(checkReview(story, about, keys))
    } else checkStep(story, entry)
    follow(story, entry)
    noteWriter(writers, entry)
  }
  return proofs
}

function checkStep(story: Story, entry: Entry): void {
  switch (entry.kind) {
    case started:
      return
    case compiled:
      if (story.planned !== null)
        throw new Fault("there is a second plan", { seq: entry.seq, at: "/head/kind" })
      return
    case resolved:
      checkNamed(story, stated(entry))
      return checkResolution(story, stated(entry))
    case decided:
      return checkVerdict(story.asked, plannedOf(story, entry.seq), stated(entry))
    case requested:
      return checkRequest(story, stated(entry))
    case escalated:
    case expired:
    case voided:
      return checkClosing(story, entry.kind, stated(entry))
    default:
      return checkNamed(story, stated(entry))
  }
}

/** An entry about a step names the one step of the plan with its key, its index and its role. */
function checkNamed(story: Story, about: Stated): void {
  if (!Object.hasOwn(about.payload, "stepId") || !Object.hasOwn(about.payload, "key")) return
  // Entries of skipped and undone steps state no role: it is `do`.
  callOf(plannedOf(story, about.seq), { ...about, payload: { role: "do", ...about.payload } })
}

/** A person settles a step in doubt; at tier high, none of the requesters may. */
function checkResolution({ asked, verdicts }: Story, { seq, head, payload }: Stated): void {
  const principal = objectAt(head, "principal")
  if (principal["kind"] !== "human")
    throw new Fault("only people settle what is in doubt", { seq, at: "/head/principal" })
  const verdict = verdicts.get(textAt(payload, "stepId"))
  if (verdict === undefined || objectAt(objectAt(verdict.payload, "verdict"), "core")["tier"] !== "high")
    return
  const decidedFor = objectsAt(objectAt(verdict.payload, "request"), "chain")
  const behind = [...asked.chain, ...decidedFor].flatMap(peopleBehind)
  const part = [asked.requester, asked.onBehalfOf, ...asked.chain.map((member) => member["id"]), ...behind]
  if (part.includes(textAt(principal, "id")))
    throw new Fault("neither a requester nor anyone behind one settles a step in doubt at tier high", {
      seq,
      at: "/head/principal",
    })
}

/** Carries the story on by one entry that was found to be allowed. */
export function follow(story: Story, entry: Entry): void {
  const { kind, seq } = entry
  switch (kind) {
    case compiled:
      story.planned = checkPlan(story.asked, stated(entry))
      return
    case decided: {
      const about = stated(entry)
      if (about.payload["phase"] !== "preview") story.verdicts.set(textAt(about.payload, "stepId"), about)
      return
    }
    case requested: {
      const about = stated(entry)
      const obligations = objectAt(about.payload, "obligations")
      const approvalId = textAt(about.payload, "approvalId")
      const excluded = new Set(excludedOf(story, about))
      story.approvals.set(approvalId, {
        asked: about,
        obligations,
        excluded,
        status: "open",
        notBefore: null,
        quorum: tally(obligations, [], excluded).quorum,
        given: [],
        latest: new Map(),
        weight: 0,
        successor: null,
        used: new Set(),
      })
      story.lastOf.set(textAt(about.payload, "stepId"), approvalId)
      story.nonces.add(textAt(objectAt(about.payload, "statement"), "nonce"))
      return
    }
    case reviewed: {
      const { payload } = stated(entry)
      const approval = approvalOf(story, seq, payload)
      const body = signedBody(payload)
      if (body !== null) approval.used.add(body)
      if (payload["late"] === true) return
      return put(story, afterReview(approval, payload, jcs(objectAt(payload, "quorum"))))
    }
    case escalated: {
      const { payload } = stated(entry)
      const successor = textAt(payload, "toApprovalId")
      return put(story, { ...approvalOf(story, seq, payload), status: "escalated", successor })
    }
    case expired: {
      const { payload } = stated(entry)
      const status = payload["fallback"] === "reject" ? "rejected" : "expired"
      return put(story, { ...approvalOf(story, seq, payload), status })
    }
    case voided: {
      const { payload } = stated(entry)
      const approval = approvalOf(story, seq, payload)
      // The verdict goes with its request: the step is decided anew.
      story.verdicts.delete(textAt(approval.asked.payload, "stepId"))
      return put(story, { ...approval, status: "voided" })
    }
    case started: {
      const { payload } = stated(entry)
      if (!Object.hasOwn(payload, "approvalId")) return
      const approval = approvalOf(story, seq, payload)
      if (approval.status === "approved") put(story, { ...approval, status: "consumed" })
    }
  }
}

const put = (story: Story, approval: Approval): void => {
  story.approvals.set(textAt(approval.asked.payload, "approvalId"), approval)
}

/** The request that a payload names. */
export function approvalOf({ approvals }: Story, seq: number, payload: JsonObject): Approval {
  const id = textAt(payload, "approvalId")
  const approval = approvals.get(id)
  if (approval === undefined)
    throw new Fault("there is no such request before this entry", {
      seq,
      at: "/payload/approvalId",
      recorded: id,
    })
  return approval
}

/** The plan, which has to be there before any step is decided about. */
export function plannedOf({ planned }: Story, seq: number): Planned {
  if (planned === null) throw new Fault("there is no plan before this entry", { seq, at: "/head/kind" })
  return planned
}

function excludedOf({ asked, planned, verdicts }: Story, { seq, payload }: Stated): readonly string[] {
  const verdict = verdicts.get(textAt(payload, "stepId"))
  const chain = verdict === undefined ? [] : objectsAt(objectAt(verdict.payload, "request"), "chain")
  const obligations = objectAt(payload, "obligations")
  const own = excludedFrom({
    ...asked,
    author: planned?.author ?? asked.requester,
    obligations,
    chains: [asked.chain, chain],
  })
  // Who shares a team is the directory's word at that time: taken as recorded, where the obligations ask for it. It only adds.
  const said = textsAt(payload, "excluded")
  const team = textsAt(obligations, "exclude").includes("sameTeam") ? said : []
  const excluded = [...new Set([...own, ...team])].sort()
  same(seq, "/payload/excluded", said, excluded)
  return excluded
}

/** A request asks exactly what the step's verdict held, about exactly the input that was decided on. */
function checkRequest(story: Story, about: Stated): void {
  const { seq, time, payload } = about
  const { owner, chain } = story.asked
  const planned = plannedOf(story, seq)
  const call = callOf(planned, about)
  const verdict = verdicts(story, about)
  const core = objectAt(objectAt(verdict.payload, "verdict"), "core")
  const first = obligationsOf(core)
  if (core["decision"] !== "hold" || first === null)
    throw new Fault("no verdict asks for people here", { seq, at: "/payload/statement/verdictDigest" })
  const level = numberAt(payload, "level")
  const obligations = obligationsAt(first, level)
  if (obligations === null) throw new Fault("there is no such level", { seq, at: "/payload/level" })
  checkTurn(story, about, level)
  const contract = pinOf(call)
  const inputDigest = textAt(core, "inputDigest")
  const expiresAt = addMs(time, durationMs(timeoutAt(first, level)))
  const statement = objectAt(payload, "statement")
  const shared = {
    stepId: payload["stepId"] ?? null,
    generation: numberAt(verdict.payload, "generation"),
    tier: core["tier"] ?? null,
    obligations,
    excluded: excludedOf(story, about),
    previewDigest: digestOf("counterfoil.preview.v1", listAt(payload, "preview")),
    level,
    expiresAt,
  }
  for (const [field, value] of Object.entries(shared)) same(seq, `/payload/${field}`, payload[field], value)
  same(seq, "/payload/statement", statement, {
    ...shared,
    format: "counterfoil.approval/1",
    environment: owner["environment"] ?? null,
    tenant: owner["tenant"] ?? null,
    executionId: owner["executionId"] ?? null,
    planDigest: planned.planDigest,
    contract,
    skillDigest: payload["role"] === "do" ? memberOf(call, "skillDigest") : null,
    inputDigest,
    idempotencyKey: idempotencyKey(owner, { ...payload, ...shared }, textAt(contract, "digest"), inputDigest),
    verdictDigest: verdict.payload["verdictDigest"] ?? null,
    sliceDigest: core["sliceDigest"] ?? null,
    requesterChain: chain.map((member) => textAt(member, "id")),
    authors: [planned.author],
    requestedAt: time,
    nonce: textAt(statement, "nonce"),
  })
  for (const field of ["key", "role"]) same(seq, `/payload/${field}`, payload[field], verdict.payload[field])
  same(
    seq,
    "/payload/approvalDigest",
    payload["approvalDigest"],
    digestOf("counterfoil.approval.v1", statement),
  )
  same(seq, "/payload/fallback", payload["fallback"], fallbackAt(first, level))
}

function verdicts(story: Story, { seq, payload }: Stated): Stated {
  const verdict = story.verdicts.get(textAt(payload, "stepId"))
  if (verdict === undefined)
    throw new Fault("no verdict binds this step", { seq, at: "/payload/statement/verdictDigest" })
  return verdict
}

/** A step waits for one request at a time, and only an escalation puts another in its place. */
function checkTurn({ approvals, lastOf, nonces }: Story, { seq, payload }: Stated, level: number): void {
  if (approvals.has(textAt(payload, "approvalId")))
    throw new Fault("a request has this id already", { seq, at: "/payload/approvalId" })
  if (nonces.has(textAt(objectAt(payload, "statement"), "nonce")))
    throw new Fault("a nonce was used before", { seq, at: "/payload/statement/nonce" })
  const last = approvals.get(lastOf.get(textAt(payload, "stepId")) ?? "")
  if (last !== undefined && isLive(last))
    throw new Fault("the step waits for another request", { seq, at: "/payload/stepId" })
  const supersedes = memberOf(payload, "supersedes")
  if (supersedes === null && level === 0) return
  const before = approvals.get(typeof supersedes === "string" ? supersedes : "")
  if (
    before === undefined ||
    before.successor !== payload["approvalId"] ||
    before.asked.payload["stepId"] !== payload["stepId"] ||
    numberAt(before.asked.payload, "level") !== level - 1
  )
    throw new Fault("no escalation leads to this request", { seq, at: "/payload/supersedes" })
}

function checkReview(story: Story, about: Stated, keys: readonly TrustedKey[] | null): ReviewProof {
  const { seq, time, payload } = about
  const approval = atTime(approvalOf(story, seq, payload), time)
  checkReviewer(about)
  checkWords(about)
  const late = payload["late"] === true
  if (late === isLive(approval))
    throw new Fault("late and the state of the request at that time contradict each other", {
      seq,
      at: "/payload/late",
    })
  if (late) {
    same(seq, "/payload/status", payload["status"], approval.status)
    same(seq, "/payload/quorum", payload["quorum"], JSON.parse(approval.quorum) as JsonObject)
  } else checkCounted(approval, about)
  if (
    payload["decision"] === "approve" &&
    !covers(textAt(payload, "assurance"), textAt(approval.obligations, "assurance"))
  )
    throw new Fault("an approval without the assurance that was asked for", { seq, at: "/payload/assurance" })
  return { ...proofOf(payload, seq), signature: checkProof(story, approval, about, keys) }
}

const proofOf = (payload: JsonObject, seq: number) => ({
  seq,
  human: textAt(payload, "human"),
  method: textAt(payload, "method"),
  assurance: textAt(payload, "assurance"),
})

/** The entry is written by the person it names; the system only takes an approval back. */
function checkReviewer({ seq, head, payload }: Stated): void {
  const principal = objectAt(head, "principal")
  if (payload["method"] === "system") {
    if (payload["decision"] !== "withdraw")
      throw new Fault("only a withdrawal is ever made by the system", { seq, at: "/payload/method" })
    return
  }
  same(seq, "/head/principal", principal, { id: textAt(payload, "human"), kind: "human" })
}

/**
 * An approval may have a note, any other answer of a person a reason with its code, and one of the system no words: a signature
 * covers one text, so that one beside it could say anything.
 */
function checkWords({ seq, payload }: Stated): void {
  const isSystem = payload["method"] === "system"
  const isApproval = payload["decision"] === "approve"
  const refused = [
    ...(isApproval && !isSystem ? [] : ["note"]),
    ...(isApproval || isSystem ? ["reason", "reasonCode"] : []),
  ]
  const odd = refused.find((field) => Object.hasOwn(payload, field))
  if (odd !== undefined)
    throw new Fault(`such an answer does not have a ${odd}`, { seq, at: `/payload/${odd}` })
}

/** A counted answer is one that this person may give now, and leads where the tally says. */
function checkCounted(approval: Approval, { seq, time, payload }: Stated): void {
  const { obligations, latest, excluded, asked, notBefore } = approval
  const answer = givenBy(payload)
  const isSystem = payload["method"] === "system"
  const current = currentAnswer(approval, answer.human)
  const follows =
    answer.decision === "withdraw"
      ? current === "approve"
      : current !== answer.decision && current !== "reject"
  if (!follows)
    throw new Fault("this answer cannot follow the person's last one", { seq, at: "/payload/decision" })
  if (!isSystem && excluded.has(answer.human))
    throw new Fault("this person may not answer", { seq, at: "/payload/human", recorded: answer.human })
  if (
    answer.roles.some((role) => !neededRoles(obligations).includes(role)) ||
    (answer.roles.length === 0) !== isSystem
  )
    throw new Fault("the roles are not those that the request needs", { seq, at: "/payload/roles" })
  const { quorum, isMet } = tally(obligations, new Map(latest).set(answer.human, answer).values(), excluded)
  same(seq, "/payload/quorum", payload["quorum"], JSON.parse(quorum) as JsonObject)
  const status = answer.decision === "reject" ? "rejected" : isMet ? "approved" : "open"
  same(seq, "/payload/status", payload["status"], status)
  const grace = addMs(time, durationMs(textAt(obligations, "grace")))
  const earliest = status !== "approved" || isSystem ? null : (notBefore ?? grace)
  same(seq, "/payload/notBefore", memberOf(payload, "notBefore"), earliest)
  const openMs = Math.max(0, Date.parse(time) - Date.parse(asked.time))
  same(seq, "/payload/openMs", payload["openMs"], openMs)
}

/** Assurance `key` is a signature and nothing else; a signature is compared field by field and counts once. */
function checkProof(
  { asked: { owner } }: Story,
  { asked, used }: Approval,
  { seq, time, payload: review }: Stated,
  keys: readonly TrustedKey[] | null,
): ReviewProof["signature"] {
  const method = textAt(review, "method")
  const body = signedBody(review)
  if ((method === "ed25519") !== (body !== null))
    throw new Fault("method and signature contradict each other", {
      seq,
      at: "/payload/method",
      recorded: method,
    })
  if (method !== "system" && (review["assurance"] === "key") !== (body !== null))
    throw new Fault("assurance key and signature contradict each other", { seq, at: "/payload/assurance" })
  if (body === null) return "unsigned"
  if (used.has(body))
    throw new Fault("this signature was used for this request before", { seq, at: "/payload/signature" })
  const envelope = objectAt(review, "signature")
  checkSaid(readEnvelope(envelope, seq), { seq, time, owner, review, request: asked.payload })
  if (keys === null) return "notChecked"
  checkSignature(envelope, { seq, time, human: textAt(review, "human") }, keys)
  return "verified"
}

/** A request closes once; it runs out no earlier than it said, and as it said. */
function checkClosing(story: Story, kind: string, { seq, time, payload }: Stated): void {
  const approval = approvalOf(story, seq, payload)
  if (kind === escalated ? approval.status !== "open" : !isLive(approval))
    throw new Fault("the request is closed already", { seq, at: "/payload/approvalId" })
  if (kind === voided) return
  const { asked } = approval
  if (kind === expired) {
    const fallback = approval.status === "approved" ? "expire" : asked.payload["fallback"]
    same(seq, "/payload/fallback", payload["fallback"], fallback)
  }
  if (kind === escalated) same(seq, "/payload/because", payload["because"], "timeout")
  if (time < textAt(asked.payload, "expiresAt"))
    throw new Fault("the request had not run out of time", { seq, at: "/head/time" })
}
