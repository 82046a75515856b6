// Forged approvals: of who answered, what was signed, who was asked, and when.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import { addMs, canonical, type HumanId, type Json, type JsonObject, type Time } from "@counterfoil/contracts"
import { asObject, edited, inConcert, withLeaf } from "../forge.ts"
import type { Recording } from "../record-execution.ts"
import { environment, ids, reviewKeys, signedReview, start as startOfAll, tenant } from "../world.ts"
import {
  kinds,
  approvedStart,
  change,
  changeHead,
  find,
  hashed,
  payloadOf,
  swapped,
  without,
  type ApprovedStart,
  type Entries,
  type Forged,
  type Forgery,
  textIn,
} from "./forgery.ts"

const { compiled, escalated, requested, resolved, reviewed, started } = kinds

type Review = (recording: Recording, found: ApprovedStart) => Forged | null
const signed =
  (forge: Review, tier: "medium" | "high" = "high"): Forgery["forge"] =>
  (recording) => {
    const found = approvedStart(recording, tier, "ed25519")
    return found === null ? null : forge(recording, found)
  }
const session =
  (forge: Review): Forgery["forge"] =>
  (recording) => {
    const found = approvedStart(recording, "medium", "session")
    return found === null ? null : forge(recording, found)
  }
const firstReview =
  (edit: (payload: JsonObject) => Json, head: JsonObject = {}): Review =>
  ({ entries }, { reviews: [first] }) =>
    hashed(change(entries, first, edit, head))

const person = (id: string): JsonObject => ({ principal: { id, kind: "human" } })
const agent: JsonObject = { principal: { id: ids.bot, kind: "agent" } }

/** A signature of a person over what a review of a request says, but for `said`. */
function signature(
  { entries }: Recording,
  { request }: ApprovedStart,
  review: number,
  said: { readonly [field: string]: Json },
  by?: HumanId,
): Json {
  const { approvalDigest = null, previewDigest = null, statement } = payloadOf(entries[request])
  const { planDigest = null } = asObject(statement)
  const payload = payloadOf(entries[review])
  const made = signedReview(by ?? (payload["human"] as HumanId), {
    decision: payload["decision"] ?? null,
    origin: `counterfoil://${environment}/${tenant}`,
    at: entries[review]?.head.time ?? startOfAll,
    reasonDigest: null,
    items: [{ approvalDigest, planDigest, previewDigest }],
    ...said,
  })
  return {
    payloadType: made.payloadType,
    payload: made.payload,
    signatures: made.signatures.map((one) => ({ ...one })),
  }
}

const resigned =
  (said: (recording: Recording, review: number) => { readonly [field: string]: Json }): Review =>
  (recording, found) => {
    const [first] = found.reviews
    const made = signature(recording, found, first, said(recording, first))
    return hashed(change(recording.entries, first, (payload) => ({ ...payload, signature: made })))
  }

const timeOf = ({ entries }: Recording, index: number): Time => entries[index]?.head.time ?? startOfAll

/** One person in place of another in a review, in its head, its tally and the tallies after it. */
function replacedBy(entries: Entries, from: number, old: string, now: string): readonly Entries[0][] {
  return entries.map((entry, i) => {
    if (i < from || entry.head.kind !== reviewed) return entry
    const own = payloadOf(entry)["human"] === old
    return edited(entry, {
      head: own ? person(now) : {},
      payload: swapped(entry.payload, `"${old}"`, `"${now}"`),
    })
  })
}

const humanOf = ({ entries }: Recording, review: number): string =>
  textIn(payloadOf(entries[review]), "human")

/** The obligations of a request, or of the verdict as well, asking for one person and no key. */
const lowered = ({ entries }: Recording, kinds: readonly string[], { request }: ApprovedStart): Forged => {
  const { stepId, obligations } = payloadOf(entries[request])
  const [first] = (asObject(obligations)["quorum"] as readonly Json[] | undefined) ?? []
  const less = { ...asObject(obligations), quorum: [{ ...asObject(first), count: 1 }] }
  const touched = entries.map((entry) =>
    kinds.includes(entry.head.kind) && payloadOf(entry)["stepId"] === stepId
      ? edited(entry, { payload: swapped(entry.payload, canonical(obligations ?? null), canonical(less)) })
      : entry,
  )
  return { entries: inConcert(touched) }
}

/** After a signed approval: a withdrawal, and the approval once more, under the same or another signature. */
export const approvedAgain =
  (again: "same" | "new"): Review =>
  (recording, found) => {
    const { entries } = recording
    const [first] = found.reviews
    const payload = payloadOf(entries[first])
    const before = asObject(payload["quorum"])
    const [slot, ...others] = (before["met"] as readonly Json[] | undefined) ?? []
    if (slot === undefined || others.length > 0 || payload["status"] !== "open") return null
    const open = { ...before, met: [], missing: before["needed"] ?? [] }
    const idOf = (n: number): string => `${textIn(payload, "reviewId").slice(0, -2)}${n}z`
    const withdrawal = {
      ...without(payload, "signature", "notBefore"),
      decision: "withdraw",
      method: "session",
      assurance: "session",
      reviewId: idOf(0),
      quorum: open,
      status: "open",
    }
    const said = again === "same" ? null : { at: addMs(timeOf(recording, first), 1) }
    const envelope = said === null ? (payload["signature"] ?? null) : signature(recording, found, first, said)
    const second = { ...payload, reviewId: idOf(1), signature: envelope }
    const entry = entries[first] ?? entries[0]
    const longer = entries.toSpliced(
      first + 1,
      0,
      edited(entry, { payload: withdrawal }),
      edited(entry, { payload: second }),
    )
    const named = (id: Json): readonly Json[] => (id === payload["reviewId"] ? [id, idOf(1)] : [id])
    return hashed(
      longer.map((one) => {
        const { reviewIds } = payloadOf(one)
        return one.head.kind === started && Array.isArray(reviewIds)
          ? edited(one, { payload: { ...payloadOf(one), reviewIds: reviewIds.flatMap(named) } })
          : one
      }),
    )
  }

/** A trace with a withdrawal and a new approval under a new signature: nothing is forged, and it verifies. */
export const honestAgain: Forgery["forge"] = signed(approvedAgain("new"))

/** Forged approvals. */
export const forgedApprovals: readonly Forgery[] = [
  {
    says: "the signatures of a high-tier approval are removed, with method system",
    by: "APPROVAL",
    forge: signed(({ entries }, { reviews }) =>
      hashed(
        entries.map((entry, i) =>
          reviews.includes(i)
            ? edited(entry, { payload: { ...without(payloadOf(entry), "signature"), method: "system" } })
            : entry,
        ),
      ),
    ),
  },
  {
    says: "a signature is removed, with method session and assurance session",
    by: "APPROVAL",
    forge: signed(
      firstReview((payload) => ({
        ...without(payload, "signature"),
        method: "session",
        assurance: "session",
      })),
    ),
  },
  {
    says: "a signature is removed, with method session and assurance key",
    by: "APPROVAL",
    forge: signed(firstReview((payload) => ({ ...without(payload, "signature"), method: "session" }))),
  },
  {
    says: "a session review says assurance key",
    by: "APPROVAL",
    forge: session(firstReview((payload) => ({ ...payload, assurance: "key" }))),
  },
  {
    says: "a review was written by an agent",
    by: "APPROVAL",
    forge: session(firstReview((payload) => payload, agent)),
  },
  {
    says: "a signed review was written by an agent",
    by: "APPROVAL",
    forge: signed(firstReview((payload) => payload, agent)),
  },
  {
    says: "a review was written by another person than it names",
    by: "APPROVAL",
    forge: session(firstReview((payload) => payload, person(ids.eve))),
  },
  {
    says: "a review was written on behalf of someone",
    by: "APPROVAL",
    forge: session(firstReview((payload) => payload, { onBehalfOf: ids.mia })),
  },
  {
    says: "a review was given by a grant for something else",
    by: "APPROVAL",
    forge: session(
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
    says: "the note of a signed review is rewritten",
    by: "APPROVAL",
    forge: signed(firstReview((payload) => ({ ...payload, note: "checked with the customer" }))),
  },
  {
    says: "the reason of a signed rejection is rewritten",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const review = find(
        entries,
        reviewed,
        ({ decision, method }) => decision === "reject" && method === "ed25519",
      )
      return review === null
        ? null
        : hashed(change(entries, review, (payload) => ({ ...payload, reason: "too expensive" })))
    },
  },
  {
    says: "another reason code than the signed one is recorded",
    by: "APPROVAL",
    forge: signed(resigned(() => ({ reasonCode: "unclear" }))),
  },
  {
    says: "a signed approval is turned into a rejection",
    by: "APPROVAL",
    forge: signed(firstReview((payload) => ({ ...payload, decision: "reject", status: "rejected" }))),
  },
  {
    says: "a signed review is given to another person, who signs with a key of their own",
    by: "APPROVAL",
    forge: signed((recording, found) => {
      const [first] = found.reviews
      const other = humanOf(recording, first) === String(ids.ana) ? ids.ben : ids.ana
      const made = signature(recording, found, first, {}, other)
      return hashed(change(recording.entries, first, (payload) => ({ ...payload, signature: made })))
    }),
  },
  {
    says: "a review was signed with a key that was enrolled after it",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({
      entries,
      keys: reviewKeys.map((key) => ({ ...key, enrolledAt: addMs(startOfAll, 400 * 86_400_000) })),
    })),
  },
  {
    says: "a review was signed with a key that was revoked before it",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({
      entries,
      keys: reviewKeys.map((key) => ({ ...key, revokedAt: startOfAll })),
    })),
  },
  {
    says: "a review was signed with a key that the auditor does not have",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({ entries, keys: [] })),
  },
  {
    says: "the auditor's list gives a key the id of another",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({
      entries,
      keys: reviewKeys.map((key, i) => ({
        ...key,
        spki: reviewKeys[(i + 1) % reviewKeys.length]?.spki ?? "",
      })),
    })),
  },
  {
    says: "a signature is changed by one bit",
    by: "APPROVAL",
    forge: signed(
      firstReview((payload) =>
        withLeaf(payload, ["signature", "signatures", 0, "sig"], (sig) => {
          const bytes = Buffer.from(typeof sig === "string" ? sig : "", "base64")
          return Buffer.from(bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte))).toString("base64")
        }),
      ),
    ),
  },
  {
    says: "a review was signed 301 s after it was recorded",
    by: "APPROVAL",
    forge: signed(resigned((recording, review) => ({ at: addMs(timeOf(recording, review), 301_000) }))),
  },
  {
    says: "a review was signed 301 s before it was recorded",
    by: "APPROVAL",
    forge: signed(resigned((recording, review) => ({ at: addMs(timeOf(recording, review), -301_000) }))),
  },
  {
    says: "a review was signed for another environment",
    by: "APPROVAL",
    forge: signed(resigned(() => ({ origin: `counterfoil://staging/${tenant}` }))),
  },
  {
    says: "a review was signed for another tenant",
    by: "APPROVAL",
    forge: signed(resigned(() => ({ origin: `counterfoil://${environment}/globex` }))),
  },
  {
    says: "another request was signed",
    by: "APPROVAL",
    forge: signed((recording, found) => {
      const { planDigest = null } = asObject(payloadOf(recording.entries[found.request])["statement"])
      const items = [{ approvalDigest: planDigest, planDigest, previewDigest: planDigest }]
      return resigned(() => ({ items }))(recording, found)
    }),
  },
  {
    says: "a signed review counts again after its approval was withdrawn",
    by: "APPROVAL",
    forge: signed(approvedAgain("same")),
  },
  {
    says: "a signed review is moved to another request",
    by: "APPROVAL",
    forge: (recording) => {
      const { entries } = recording
      const review = find(entries, reviewed, ({ method, late }) => method === "ed25519" && late === false)
      if (review === null) return null
      const old = payloadOf(entries[review])["approvalId"]
      const other = find(entries, requested, ({ approvalId }) => approvalId !== old)
      if (other === null || other > review) return null
      const { approvalId = null } = payloadOf(entries[other])
      return hashed(change(entries, review, (payload) => ({ ...payload, approvalId })))
    },
  },
  {
    says: "the human for whom it was asked approves, and no one is excluded",
    by: "APPROVAL",
    forge: session((recording, { request, reviews: [first] }) => {
      const open = change(recording.entries, request, (payload) => ({ ...payload, excluded: [] }))
      const [head, ...rest] = open
      if (head === undefined) return null
      return hashed(replacedBy([head, ...rest], first, humanOf(recording, first), ids.mia))
    }),
  },
  {
    says: "the human for whom it was asked approves",
    by: "APPROVAL",
    forge: session((recording, { reviews: [first] }) =>
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
    says: "the list of who is excluded is emptied",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const request = find(entries, requested)
      return request === null
        ? null
        : hashed(change(entries, request, (payload) => ({ ...payload, excluded: [] })))
    },
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
    says: "the request asks for one person where its verdict asks for two",
    by: "APPROVAL",
    forge: signed((recording, found) => lowered(recording, [requested], found)),
  },
  {
    says: "verdict and request ask for one person at tier high",
    by: "APPROVAL",
    forge: signed((recording, found) =>
      lowered(recording, [requested, "controlPlane.policy.decided@1"], found),
    ),
  },
  {
    says: "a request stays open for longer than its verdict says",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const request = find(entries, requested)
      const { expiresAt } = payloadOf(entries[request ?? -1])
      return request === null
        ? null
        : {
            entries: inConcert(
              change(entries, request, (payload) =>
                swapped(payload, textIn(payload, "expiresAt"), addMs(expiresAt as Time, 3_600_000)),
              ),
            ),
          }
    },
  },
  {
    says: "the lines that people read are rewritten",
    by: "APPROVAL",
    forge: session(({ entries }, { request }) =>
      hashed(
        change(entries, request, (payload) => ({ ...payload, preview: [{ label: "amount", value: "1" }] })),
      ),
    ),
  },
  {
    says: "a step asks a second time while its request is open",
    by: "APPROVAL",
    forge: session(({ entries }, { request }) => {
      const entry = entries[request] ?? entries[0]
      const again = edited(entry, {
        payload: {
          ...payloadOf(entry),
          approvalId: "apr_01kaz3v8g0e8r4n2t6w0y3b5d7",
          statement: { ...asObject(payloadOf(entry)["statement"]), nonce: "a".repeat(64) },
        },
      })
      return { entries: inConcert(entries.toSpliced(request + 1, 0, again)) }
    }),
  },
  {
    says: "a request uses the nonce of an earlier one",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const first = find(entries, requested)
      const second = find(entries, requested, (_payload, i) => i > (first ?? 0))
      if (first === null || second === null) return null
      const { nonce = null } = asObject(payloadOf(entries[first])["statement"])
      return {
        entries: inConcert(
          change(entries, second, (payload) => withLeaf(payload, ["statement", "nonce"], () => nonce)),
        ),
      }
    },
  },
  {
    says: "a request is of a level to which no escalation leads",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const request = find(entries, requested, ({ level }) => level === 1)
      return request === null
        ? null
        : hashed(change(entries, request, (payload) => without(payload, "supersedes")))
    },
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
    forge: session(({ entries }, { start, reviews: [first] }) => {
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
    says: "a review counts for a role that the request does not need",
    by: "APPROVAL",
    forge: session(
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
    forge: session(({ entries }, { reviews: [first] }) =>
      hashed(changeHead(entries, first, { breakGlassId: "bgl_01kaz3v8g0e8r4n2t6w0y3b5d7" })),
    ),
  },
  {
    says: "someone else asked than the chain says",
    by: "APPROVAL",
    forge: ({ entries }) => hashed(changeHead(entries, 0, person(ids.eve))),
  },
  {
    says: "someone else wrote the plan, so that who asked may review it",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const plan = find(entries, compiled)
      return plan === null
        ? null
        : hashed(change(entries, plan, (payload) => ({ ...payload, author: ids.eve }), person(ids.eve)))
    },
  },
  {
    says: "an agent resolved a step in doubt",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const resolution = find(entries, resolved)
      return resolution === null ? null : hashed(changeHead(entries, resolution, agent))
    },
  },
  {
    says: "the human for whom it was asked resolved a step in doubt at tier high",
    by: "APPROVAL",
    forge: ({ entries, execution }) => {
      const resolution = find(entries, resolved, ({ stepId }) =>
        execution.approvals.some((one) => one.stepId === stepId && one.tier === "high"),
      )
      return resolution === null ? null : hashed(changeHead(entries, resolution, person(ids.mia)))
    },
  },
  {
    says: "an unsigned review was given by someone else, also in its head and its tally",
    by: "HEAD",
    forge: session((recording, { reviews: [first] }) => {
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
    forge: session(
      firstReview((payload) => ({ ...payload, channel: payload["channel"] === "cli" ? "console" : "cli" })),
    ),
  },
]
