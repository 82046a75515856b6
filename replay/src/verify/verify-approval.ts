// Requests and reviews (check 8, second part): what people were asked is what the verdict held, and each answer is by who it says.
// Owns: the statement, the excluded and the tally, all made again; who wrote a review, and what was signed. Does not own: ed25519 itself.
// Keeps INV-06 in evidence: nothing is taken from a request's own list of who is excluded, nor from a review's own tally.

import {
  addMs,
  assuranceCovers,
  canonical,
  canonicalBytes,
  durationMs,
  msOfTime,
  parseJson,
  parseWith,
  peopleBehind,
  SignedReviewPayload,
  type HumanId,
  type Payloads,
  type PrincipalId,
} from "@counterfoil/contracts"
import { blobDigest, hex, idempotencyKeyOf, sha256, utf8 } from "@counterfoil/contracts/digest"
import type { ReviewKeyRow } from "@counterfoil/contracts/ports"
import { approvalDigestOf, previewDigestOf, type RecordedFact } from "@counterfoil/core"
import { approvalLevel, tallyReviews } from "@counterfoil/policy"
import { bytesOfBase64 } from "../bundle/blob-line.ts"
import { sameBytes } from "../bundle/known-here.ts"
import {
  atTime,
  firstFault,
  isOpen,
  wrong,
  type FoundFault,
  type Request,
  type Story,
  type Told,
} from "./story.ts"
import { callIn, isEqual, pinOf } from "./verify-verdict.ts"

/** A reviewer's key that the reader trusts; never one from the bundle. */
export type TrustedKey = Pick<ReviewKeyRow, "keyId" | "human" | "spki" | "enrolledAt" | "revokedAt">

/** What signatures are checked with: trusted keys, or null for none, and the one operation that this package cannot do itself. */
export interface SignatureKit {
  readonly keys: readonly TrustedKey[] | null
  /** True when this ed25519 key (SPKI) made this signature over these bytes. */
  readonly signedBy: (spki: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
}

/** How far the signed time may be from that of the entry. */
const signedMsMax = 300_000

/** Who may not answer a request, from the requester and what was decided. */
export function excludedOf(
  story: Story,
  { payload }: Told<"controlPlane.approval.requested@1">,
): readonly PrincipalId[] {
  const { exclude } = payload.obligations
  const decidedFor = story.verdicts.get(payload.stepId)?.payload.request.chain ?? []
  const behind = exclude.includes("agentOwner") ? [...story.chain, ...decidedFor].flatMap(peopleBehind) : []
  return [
    ...new Set<string>([
      story.requester,
      ...(story.onBehalfOf === null ? [] : [story.onBehalfOf]),
      ...story.chain.map(({ id }) => id),
      story.plan?.author ?? story.requester,
      ...behind,
      // Who shares a team was the directory's word at that time: it only adds.
      ...(exclude.includes("sameTeam") ? payload.excluded : []),
    ]),
  ].sort() as PrincipalId[]
}

/** What is wrong with a request. */
export function requestFault(story: Story, told: Told<"controlPlane.approval.requested@1">): FoundFault {
  const { head, payload } = told
  const { plan, verdicts } = story
  const no = (at: string, because: string) => wrong("APPROVAL", told, `/payload/${at}`, because)
  const verdict = verdicts.get(payload.stepId)?.payload
  const call = callIn(plan, payload)
  if (plan === null || call === null) return no("stepId", "the plan has no such step")
  const first = verdict?.verdict.core.obligations ?? null
  if (verdict === undefined || first === null)
    return no("statement/verdictDigest", "no verdict asks for people here")
  if (payload.level > first.escalateTo.length) return no("level", "there is no such level")
  const { timeout, fallback, obligations } = approvalLevel(first, payload.level)
  const { core } = verdict.verdict
  const contract = pinOf(call)
  const previewDigest = previewDigestOf(payload.preview)
  const expiresAt = addMs(head.time, durationMs(timeout))
  const excluded = excludedOf(story, told)
  const statement = {
    format: "counterfoil.approval/1",
    environment: story.environment,
    tenant: story.tenant,
    executionId: story.executionId,
    planDigest: plan.planDigest,
    stepId: payload.stepId,
    generation: verdict.generation,
    contract,
    skillDigest: "skillDigest" in call ? call.skillDigest : null,
    inputDigest: core.inputDigest,
    idempotencyKey: idempotencyKeyOf({
      ...story,
      stepId: payload.stepId,
      generation: verdict.generation,
      contractDigest: contract.digest,
      inputDigest: core.inputDigest,
    }),
    verdictDigest: verdict.verdictDigest,
    sliceDigest: core.sliceDigest,
    tier: core.tier,
    obligations,
    requesterChain: story.chain.map(({ id }) => id),
    authors: [plan.author],
    excluded,
    previewDigest,
    level: payload.level,
    nonce: payload.statement.nonce,
    requestedAt: head.time,
    expiresAt,
  }
  if (!isEqual(payload.statement, statement))
    return no("statement", "the statement is not what the verdict held")
  if (approvalDigestOf(payload.statement) !== payload.approvalDigest)
    return no("approvalDigest", "another statement than its digest")
  const beside = { ...payload, obligations, previewDigest, expiresAt, fallback }
  const same = { generation: verdict.generation, tier: core.tier, key: verdict.key, role: verdict.role }
  if (!isEqual(payload, { ...beside, ...same }))
    return no("", "the fields beside the statement differ from it")
  if (!isEqual(payload.excluded, excluded))
    return no(
      "excluded",
      "the excluded people are not the requester, the author and the people behind the requester",
    )
  return turnFault(story, told)
}

/** A step waits for one request at a time, and only an escalation puts another in its place. */
function turnFault(
  { requests, lastOf, nonces }: Story,
  told: Told<"controlPlane.approval.requested@1">,
): FoundFault {
  const { approvalId, statement, stepId, supersedes, level } = told.payload
  const no = (at: string, because: string) => wrong("APPROVAL", told, `/payload/${at}`, because)
  if (requests.has(approvalId)) return no("approvalId", "a request has this id already")
  if (nonces.has(statement.nonce)) return no("statement/nonce", "a nonce was used before")
  const lastId = lastOf.get(stepId)
  const last = lastId === undefined ? undefined : requests.get(lastId)
  if (last !== undefined && isOpen(last)) return no("stepId", "the step waits for another request")
  if (supersedes === undefined)
    return level === 0 ? null : no("supersedes", "no escalation leads to this level")
  const before = requests.get(supersedes)
  return before?.successor === approvalId &&
    before.payload.stepId === stepId &&
    before.payload.level + 1 === level
    ? null
    : no("supersedes", "no escalation leads to this request")
}

/** What is wrong with the end of a request. */
export function closingFault(
  { requests }: Story,
  told: Told<
    "controlPlane.approval.escalated@1" | "controlPlane.approval.expired@1" | "controlPlane.approval.voided@1"
  >,
): FoundFault {
  const { head, payload } = told
  const no = (at: string, because: string) => wrong("APPROVAL", told, at, because)
  const request = requests.get(payload.approvalId)
  if (request === undefined) return no("/payload/approvalId", "there is no such request before this entry")
  const isEscalation = "toApprovalId" in payload
  if (isEscalation ? request.status !== "open" : !isOpen(request))
    return no("/payload/approvalId", "the request is closed already")
  if (isEscalation && payload.because !== "timeout")
    return no("/payload/because", "only the end of its time escalates a request")
  if ((isEscalation || "fallback" in payload) && head.time < request.payload.expiresAt)
    return no("/head/time", "the request had not run out of time")
  if (!("fallback" in payload)) return null
  const fallback = request.status === "approved" ? "expire" : request.payload.fallback
  return payload.fallback === fallback
    ? null
    : no("/payload/fallback", "the request ends otherwise than it said")
}

type Reviewed = Told<"controlPlane.approval.reviewed@1">

/** What is wrong with a review. */
export function reviewFault(story: Story, told: Reviewed, kit: SignatureKit): FoundFault {
  const { payload } = told
  const no = (at: string, because: string) => wrong("APPROVAL", told, at, because)
  const known = story.requests.get(payload.approvalId)
  if (known === undefined) return no("/payload/approvalId", "there is no such request before this entry")
  const request = atTime(known, told.head.time)
  const { decision, assurance, late } = payload
  if (late === isOpen(request))
    return no("/payload/late", "late contradicts the state of the request at that time")
  if (decision === "approve" && !assuranceCovers(assurance, request.payload.obligations.assurance))
    return no("/payload/assurance", "an approval without the assurance that was asked for")
  return firstFault(
    () => reviewerFault(told),
    () => wordsFault(told),
    () => (late ? lateFault(request, told) : countedFault(request, told)),
    () => proofFault(story, request, told, kit),
  )
}

/** The entry is written by the person it names; the system only takes an approval back. */
function reviewerFault(told: Reviewed): FoundFault {
  const { head, payload } = told
  const { principal } = head
  if (payload.method === "system")
    return payload.decision === "withdraw"
      ? null
      : wrong("APPROVAL", told, "/payload/method", "only a withdrawal is ever made by the system")
  return principal.kind === "human" && String(principal.id) === String(payload.human)
    ? null
    : wrong("APPROVAL", told, "/head/principal", "the entry was not written by the person who reviewed")
}

/**
 * An approval may have a note, any other answer of a person a reason with its code, and one of the system no words: a signature
 * covers one text, so that one beside it could say anything.
 */
function wordsFault(told: Reviewed): FoundFault {
  const { decision, method } = told.payload
  const refused = [
    ...(decision === "approve" && method !== "system" ? [] : (["note"] as const)),
    ...(decision === "approve" || method === "system" ? (["reason", "reasonCode"] as const) : []),
  ]
  const odd = refused.find((field) => told.payload[field] !== undefined)
  return odd === undefined
    ? null
    : wrong("APPROVAL", told, `/payload/${odd}`, `such an answer does not have a ${odd}`)
}

function lateFault(request: Request, told: Reviewed): FoundFault {
  const { status, quorum } = told.payload
  return status === request.status && isEqual(quorum, request.quorum)
    ? null
    : wrong("APPROVAL", told, "/payload/status", "a late review changes nothing")
}

/** A counted answer is one that this person may give now, and leads where the tally says. */
function countedFault(request: Request, told: Reviewed): FoundFault {
  const { latest, excluded, notBefore } = request
  const { obligations } = request.payload
  const { head, payload } = told
  const { approvalId, human, decision, roles, assurance } = payload
  const isSystem = payload.method === "system"
  const no = (at: string, because: string) => wrong("APPROVAL", told, `/payload/${at}`, because)
  const last = latest.get(human)?.decision
  const mayFollow =
    decision === "withdraw"
      ? last === "approve"
      : last !== "reject" && (decision !== "approve" || last !== "approve")
  if (!mayFollow) return no("decision", "this answer cannot follow the person's last one")
  if (!isSystem && excluded.map(String).includes(human)) return no("human", "this person may not answer")
  const needed = obligations.quorum.map(({ role }) => role)
  if (!roles.every((role) => needed.includes(role)) || (roles.length === 0) !== isSystem)
    return no("roles", "the roles are not those that the request needs")
  const quorum = tallyReviews(
    obligations,
    [...latest.values(), { approvalId, human, decision, roles, assurance }],
    excluded,
  )
  const status = decision === "reject" ? "rejected" : quorum.missing.length === 0 ? "approved" : "open"
  if (!isEqual(payload.quorum, quorum) || payload.status !== status)
    return no("quorum", "the reviews give another tally")
  const earliest = addMs(head.time, durationMs(obligations.grace))
  const expected = status !== "approved" || isSystem ? undefined : (notBefore ?? earliest)
  if (payload.notBefore !== expected) return no("notBefore", "the approval counts from another time")
  const openMs = Math.max(0, msOfTime(head.time) - msOfTime(request.head.time))
  return payload.openMs === openMs ? null : no("openMs", "the request was open for another time")
}

/** Assurance `key` is a signature and nothing else; a signature is compared field by field and counts once. */
function proofFault(story: Story, request: Request, told: Reviewed, kit: SignatureKit): FoundFault {
  const { method, assurance, signature } = told.payload
  const no = (at: string, because: string) => wrong("APPROVAL", told, `/payload/${at}`, because)
  const isSigned = signature !== undefined
  if ((method === "ed25519") !== isSigned) return no("method", "method and signature contradict each other")
  if (method !== "system" && (assurance === "key") !== isSigned)
    return no("assurance", "assurance key and signature contradict each other")
  if (signature === undefined) return null
  if (request.bodies.has(signature.payload))
    return no("signature", "this signature was used for this request before")
  const said = saidIn(signature)
  if (said === null) return no("signature", "what was signed is not a review in its one spelling")
  if (!isSaid(said, story, request, told))
    return no("signature", "something else was signed than is recorded")
  return isSignedWell(signature, told.head.time, told.payload.human, kit)
    ? null
    : no("signature", "the signature is not that of a trusted key of this person at that time")
}

type Signature = NonNullable<Payloads["controlPlane.approval.reviewed@1"]["signature"]>

function saidIn({ payload, signatures }: Signature): SignedReviewPayload | null {
  const body = bytesOfBase64(payload)
  const json = body === null ? null : parseJson(body)
  if (body === null || json === null || !json.ok || !sameBytes(canonicalBytes(json.value), body)) return null
  if (signatures.some(({ sig }) => bytesOfBase64(sig) === null)) return null
  const said = parseWith(SignedReviewPayload, json.value)
  return said.ok ? said.value : null
}

function isSaid(said: SignedReviewPayload, story: Story, request: Request, told: Reviewed): boolean {
  const { human, decision, reason, note, reasonCode } = told.payload
  const written = decision === "approve" ? note : reason
  const { approvalDigest, previewDigest, statement } = request.payload
  const bound = canonical({ approvalDigest, planDigest: statement.planDigest, previewDigest })
  return (
    said.human === human &&
    said.decision === decision &&
    isHereAndNow(said, story, told.head.time) &&
    said.reasonDigest === (written === undefined ? null : blobDigest(utf8(written))) &&
    said.reasonCode === reasonCode &&
    said.items.filter((item) => canonical(item) === bound).length === 1
  )
}

const isHereAndNow = (
  { origin, at }: SignedReviewPayload,
  { environment, tenant }: Pick<Story, "environment" | "tenant">,
  time: Told<"controlPlane.approval.reviewed@1">["head"]["time"],
): boolean =>
  origin === `counterfoil://${environment}/${tenant}` &&
  Math.abs(msOfTime(at) - msOfTime(time)) <= signedMsMax

/** What is wrong with a signed review whose payload is not here: who, where, when and under which key can still be checked. */
export function looseFault(head: RecordedFact["head"], envelope: Signature, kit: SignatureKit): FoundFault {
  const no = (because: string) => wrong("APPROVAL", { head }, "/payload/signature", because)
  const said = saidIn(envelope)
  if (said === null) return no("what was signed is not a review in its one spelling")
  if (String(said.human) !== String(head.principal.id)) return no("another person signed")
  if (!isHereAndNow(said, head, head.time)) return no("it was signed elsewhere or at another time")
  return isSignedWell(envelope, head.time, said.human, kit)
    ? null
    : no("the signature is not that of a trusted key of this person at that time")
}

function isSignedWell(
  { payload, payloadType, signatures }: Signature,
  time: Reviewed["head"]["time"],
  human: HumanId,
  { keys, signedBy }: SignatureKit,
): boolean {
  if (keys === null) return true // said by the caller: signatures are not checked
  const [signature] = signatures
  const body = bytesOfBase64(payload)
  const sig = bytesOfBase64(signature?.sig ?? "")
  // A key is named by its own bytes, so that no list can give one key the name of another.
  const [key, ...others] = keys.filter(({ keyId }) => keyId === signature?.keyid)
  // A list that has a key twice does not say whose it is, nor when it counts.
  if (key === undefined || others.length > 0 || key.keyId !== idOfKey(key.spki)) return false
  if (body === null || sig === null || key.human !== human) return false
  if (time < key.enrolledAt || (key.revokedAt !== null && time >= key.revokedAt)) return false
  const prefix = utf8(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `)
  const message = new Uint8Array(prefix.length + body.length)
  message.set(prefix)
  message.set(body, prefix.length)
  return signedBy(bytesOfBase64(key.spki) ?? new Uint8Array(), message, sig)
}

const idOfKey = (spki: string): string | null => {
  const bytes = bytesOfBase64(spki)
  return bytes === null ? null : hex(sha256(bytes))
}
