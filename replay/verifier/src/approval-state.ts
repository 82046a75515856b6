// The state of requests for approval after each entry: open, approved until they are used, or closed for good.
// The entries say where they lead; whether they may is for checks 8 and 9 (approvals.ts, starts.ts).

import { memberOf, objectAt, textAt, textsAt, type JsonObject } from "./json.ts"
import type { Stated } from "./decisions.ts"
import type { ReviewAnswer } from "./quorum.ts"

/** The kinds of entries about a request, beside its reviews. */
export const requested = "controlPlane.approval.requested@1"
/** A request that others took the place of. */
export const escalated = "controlPlane.approval.escalated@1"
/** A request that ran out of time. */
export const expired = "controlPlane.approval.expired@1"
/** A request that no longer holds. */
export const voided = "controlPlane.approval.voided@1"
export { reviewed } from "./read-lines.ts"

/** One answer that counted when it was given. */
export interface Given extends ReviewAnswer {
  readonly reviewId: string
}

/**
 * A request and its state. `excluded` are the people who may not answer, derived again from the requester. What was answered is
 * carried on in place, so that many answers need no copy for each: an earlier state is not to be used again.
 */
export interface Approval {
  readonly asked: Stated
  readonly obligations: JsonObject
  readonly excluded: ReadonlySet<string>
  readonly status: string
  readonly notBefore: string | null
  /** The tally in canonical JSON, as it was last recorded. */
  readonly quorum: string
  /** Every answer that counted when it was given, oldest first. */
  readonly given: Given[]
  /** The last one of each person. */
  readonly latest: Map<string, Given>
  /** How much there is to match in a tally: the people, with their roles. Never too little. */
  readonly weight: number
  /** The request that took this one's place. */
  readonly successor: string | null
  /** What signed the reviews of this request, each of which counts once. */
  readonly used: Set<string>
}

/** True while the entries say of a request that it can still be answered or used. */
export const isLive = ({ status }: Approval): boolean => status === "open" || status === "approved"

/** The request as it is at a time: expired as soon as its time is over, whether or not an entry says so yet. */
export const atTime = (approval: Approval, time: string): Approval =>
  isLive(approval) && time >= textAt(approval.asked.payload, "expiresAt")
    ? { ...approval, status: "expired" }
    : approval

/** The answer that a review gives. */
export const givenBy = (payload: JsonObject): Given => ({
  reviewId: textAt(payload, "reviewId"),
  human: textAt(payload, "human"),
  decision: textAt(payload, "decision"),
  roles: textsAt(payload, "roles"),
  assurance: textAt(payload, "assurance"),
})

/** What an envelope signed, or null for a review without a signature. */
export function signedBody(payload: JsonObject): string | null {
  return memberOf(payload, "signature") === null ? null : textAt(objectAt(payload, "signature"), "payload")
}

/** The request after a review that was not late; the one that was given is not to be used again. */
export function afterReview(approval: Approval, payload: JsonObject, quorum: string): Approval {
  const notBefore = memberOf(payload, "notBefore")
  const status = textAt(payload, "status")
  const answer = givenBy(payload)
  const isNew = !approval.latest.has(answer.human)
  approval.given.push(answer)
  approval.latest.set(answer.human, answer)
  return {
    ...approval,
    status,
    quorum,
    weight: approval.weight + (isNew ? personWeight : 0) + answer.roles.length,
    notBefore:
      status !== "approved"
        ? null
        : (approval.notBefore ?? (typeof notBefore === "string" ? notBefore : null)),
  }
}

/** A person is listed, sorted and looked up. */
const personWeight = 10

/** A person's answer that still holds, or null: a withdrawal takes it back. */
export function currentAnswer({ latest }: Approval, human: string): string | null {
  const last = latest.get(human)?.decision ?? null
  return last === "withdraw" ? null : last
}
