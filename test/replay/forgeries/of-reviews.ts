// Forged reviews: who answered, how often, in which role, and when it counted.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), signatures (of-signatures.ts), nor finding them
// (forgeries.test.ts).

import { addMs, canonical, type HumanId, type Json, type Time } from "@counterfoil/contracts"
import { asObject, edited } from "../forge.ts"
import { ids } from "../world.ts"
import {
  agent,
  change,
  changeHead,
  find,
  firstReview,
  hashed,
  humanOf,
  kinds,
  payloadOf,
  person,
  reviewedInSession,
  signed,
  swapped,
  type Entries,
  type Forgery,
} from "./forgery.ts"
import { signature } from "./of-signatures.ts"

const { escalated, reviewed } = kinds

/** One person in place of another in a review, in its head, its tally and the tallies after it. */
export function replacedBy(entries: Entries, from: number, old: string, now: string): readonly Entries[0][] {
  return entries.map((entry, i) => {
    if (i < from || entry.head.kind !== reviewed) return entry
    const own = payloadOf(entry)["human"] === old
    return edited(entry, {
      head: own ? person(now) : {},
      payload: swapped(entry.payload, `"${old}"`, `"${now}"`),
    })
  })
}

/** Forged reviews. */
export const forgedReviews: readonly Forgery[] = [
  {
    says: "a review was written by an agent",
    by: "APPROVAL",
    forge: reviewedInSession(firstReview((payload) => payload, agent)),
  },
  {
    says: "a signed review was written by an agent",
    by: "APPROVAL",
    forge: signed(firstReview((payload) => payload, agent)),
  },
  {
    says: "a review was written by another person than it names",
    by: "APPROVAL",
    forge: reviewedInSession(firstReview((payload) => payload, person(ids.eve))),
  },
  {
    says: "a review was written on behalf of someone",
    by: "APPROVAL",
    forge: reviewedInSession(firstReview((payload) => payload, { onBehalfOf: ids.mia })),
  },
  {
    says: "a review was given by a grant for something else",
    by: "APPROVAL",
    forge: reviewedInSession(
      firstReview((payload) => payload, {
        capabilitySource: {
          capability: "demo.work",
          grantId: "grn_01kaz3v8g0e8r4n2t6w0y3b5a0",
          source: "grant",
        },
      }),
    ),
  },
  {
    says: "the human for whom it was asked approves, and no one is excluded",
    by: "APPROVAL",
    forge: reviewedInSession((recording, { request, reviews: [first] }) => {
      const open = change(recording.entries, request, (payload) => ({ ...payload, excluded: [] }))
      const [head, ...rest] = open
      if (head === undefined) return null
      return hashed(replacedBy([head, ...rest], first, humanOf(recording, first), ids.mia))
    }),
  },
  {
    says: "the human for whom it was asked approves",
    by: "APPROVAL",
    forge: reviewedInSession((recording, { reviews: [first] }) =>
      hashed(replacedBy(recording.entries, first, humanOf(recording, first), ids.mia)),
    ),
  },
  {
    says: "the owner of the agent approves at tier high, with a good signature, and is not excluded",
    by: "APPROVAL",
    forge: signed((recording, found) => {
      const [first] = found.reviews
      const made = signature(recording, found, first, {}, ids.kim)
      const open = change(recording.entries, found.request, (payload) => ({
        ...payload,
        excluded: (payload["excluded"] as readonly Json[]).filter((id) => id !== ids.kim),
      }))
      const [head, ...rest] = change(open, first, (payload) => ({ ...payload, signature: made }))
      if (head === undefined) return null
      return hashed(replacedBy([head, ...rest], first, humanOf(recording, first), ids.kim))
    }),
  },
  {
    says: "one person fills two places of a quorum",
    by: "APPROVAL",
    forge: signed((recording, found) => {
      const [first, second] = found.reviews
      if (second === undefined) return null
      const human = humanOf(recording, first)
      const made = signature(recording, found, second, {}, human as HumanId)
      const [head, ...rest] = change(recording.entries, second, (payload) => ({
        ...payload,
        signature: made,
      }))
      if (head === undefined) return null
      return hashed(replacedBy([head, ...rest], second, humanOf(recording, second), human))
    }),
  },
  {
    says: "one of two approvals is recorded as a whole quorum",
    by: "APPROVAL",
    forge: signed(({ entries }, { start, reviews: [first, second] }) => {
      if (second === undefined) return null
      const whole = payloadOf(entries[second])
      const short = change(entries, first, (payload) => ({
        ...payload,
        status: "approved",
        quorum: { ...asObject(payload["quorum"]), missing: [] },
        notBefore: whole["notBefore"] ?? null,
      }))
      const { reviewId = null } = payloadOf(entries[first])
      return hashed(
        change(short, start, (payload) => ({ ...payload, reviewIds: [reviewId] })).filter(
          (_, i) => i !== second,
        ),
      )
    }),
  },
  {
    says: "a review that made the quorum is deleted",
    by: "APPROVAL",
    forge: signed(({ entries }, { reviews: [first] }) => hashed(entries.filter((_, i) => i !== first))),
  },
  {
    says: "an escalated request is answered",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const escalation = find(entries, escalated)
      const review = find(entries, reviewed, (_payload, i) => i > (escalation ?? 0))
      if (escalation === null || review === null) return null
      const { approvalId = null } = payloadOf(entries[escalation])
      return hashed(change(entries, review, (payload) => ({ ...payload, approvalId })))
    },
  },
  {
    says: "a review counts that came after the approval was used",
    by: "APPROVAL",
    forge: reviewedInSession(({ entries }, { start, reviews: [first] }) => {
      const { time, fence } = (entries[start] ?? entries[0]).head
      const late = edited(entries[first] ?? entries[0], {
        head: { time, fence, ...person(ids.eve) },
        payload: {
          ...payloadOf(entries[first]),
          human: ids.eve,
          reviewId: "rev_01kaz3v8g0e8r4n2t6w0y3b5d7",
        },
      })
      return hashed(entries.toSpliced(start + 1, 0, late))
    }),
  },
  {
    says: "a review counts that came after the time of its request was over",
    by: "APPROVAL",
    forge: reviewedInSession(({ entries }, { reviews: [first] }) => {
      const late = 3 * 86_400_000
      const entry = entries[first] ?? entries[0]
      const { openMs = 0, notBefore, ...payload } = payloadOf(entry)
      const moved = edited(entry, {
        head: { time: addMs(entry.head.time, late) },
        payload: {
          ...payload,
          openMs: Number(openMs) + late,
          ...(notBefore === undefined ? {} : { notBefore: addMs(notBefore as Time, late) }),
        },
      })
      return hashed([...entries.slice(0, first), moved])
    }),
  },
  {
    says: "a review counts for a role that the request does not need",
    by: "APPROVAL",
    forge: reviewedInSession(
      firstReview((payload) => ({ ...payload, roles: [...(payload["roles"] as Json[]), "zebra"] })),
    ),
  },
  {
    says: "two reviews have one id",
    by: "APPROVAL",
    forge: signed(({ entries }, { reviews: [first, second] }) => {
      const { reviewId = null } = payloadOf(entries[first])
      return second === undefined
        ? null
        : hashed(change(entries, second, (payload) => ({ ...payload, reviewId })))
    }),
  },
  {
    says: "an approval counts from before the grace that its verdict gives",
    by: "APPROVAL",
    forge: signed(({ entries }, { reviews }) => {
      const last = reviews.at(-1) ?? reviews[0]
      return hashed(
        change(entries, last, (payload) => ({ ...payload, notBefore: entries[last]?.head.time ?? null })),
      )
    }),
  },
  {
    says: "a break-glass session is named that nothing shows",
    by: "APPROVAL",
    forge: reviewedInSession(({ entries }, { reviews: [first] }) =>
      hashed(changeHead(entries, first, { breakGlassId: "bgl_01kaz3v8g0e8r4n2t6w0y3b5d7" })),
    ),
  },
  {
    says: "an unsigned review was given by someone else, also in its head and its tally",
    by: "HEAD",
    forge: reviewedInSession((recording, { reviews: [first] }) => {
      const human = humanOf(recording, first)
      const text = canonical(recording.entries.map(({ payload }) => payload))
      const other = [ids.cleo, ids.ana].find((id) => !text.includes(`"human":"${id}"`))
      const { quorum } = payloadOf(recording.entries[first])
      if (other === undefined || !canonical(quorum ?? null).includes('"approver"')) return null
      return hashed(replacedBy(recording.entries, first, human, other))
    }),
  },
  {
    says: "the channel of an unsigned review is changed",
    by: "HEAD",
    forge: reviewedInSession(
      firstReview((payload) => ({ ...payload, channel: payload["channel"] === "cli" ? "console" : "cli" })),
    ),
  },
]
