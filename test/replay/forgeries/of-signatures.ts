// Forged signatures: removed, made by or for someone else, at another time, over something else, or used twice.
// Owns: these forgeries alone, and a person's signature. Does not own: what a forgery is (forgery.ts), nor finding them
// (forgeries.test.ts).

import { addMs, type HumanId, type Json } from "@counterfoil/contracts"
import { blobDigest, utf8 } from "@counterfoil/contracts/digest"
import { asObject, edited, withLeaf } from "../forge.ts"
import type { Recording } from "../record-execution.ts"
import { environment, ids, reviewKeys, signedReview, start as startOfAll, tenant } from "../world.ts"
import {
  change,
  changed,
  find,
  firstReview,
  hashed,
  humanOf,
  kinds,
  payloadOf,
  reviewedInSession,
  signed,
  textIn,
  timeOf,
  without,
  type ApprovedStart,
  type Forgery,
  type OfApproval,
} from "./forgery.ts"

const { requested, reviewed, started } = kinds

/** A signature of a person over what a review of a request says, but for `said`. */
export function signature(
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
  (said: (recording: Recording, review: number) => { readonly [field: string]: Json }): OfApproval =>
  (recording, found) => {
    const [first] = found.reviews
    const made = signature(recording, found, first, said(recording, first))
    return hashed(change(recording.entries, first, (payload) => ({ ...payload, signature: made })))
  }

/** After a signed approval: a withdrawal, and the approval once more, under the same or another signature. */
const approvedAgain =
  (again: "same" | "new"): OfApproval =>
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

/** Forged signatures. */
export const forgedSignatures: readonly Forgery[] = [
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
    forge: reviewedInSession(firstReview((payload) => ({ ...payload, assurance: "key" }))),
  },
  {
    says: "the note of a signed review is rewritten",
    by: "APPROVAL",
    forge: signed(firstReview((payload) => ({ ...payload, note: "checked with the customer" }))),
  },
  {
    says: "the signed note of an approval becomes its reason, beside another note",
    by: "APPROVAL",
    forge: signed((recording, found) => {
      const [first] = found.reviews
      const reason = "only after the customer has answered"
      const made = signature(recording, found, first, { reasonDigest: blobDigest(utf8(reason)) })
      const words = { reason, note: "No conditions. Pay at once." }
      return hashed(
        change(recording.entries, first, (payload) => ({ ...payload, ...words, signature: made })),
      )
    }),
  },
  {
    says: "a note that no one signed is beside the signed reason of a rejection",
    by: "APPROVAL",
    forge: changed(reviewed, (payload) => ({ ...payload, note: "pay it by hand" }), {
      which: ({ decision, method }) => decision === "reject" && method === "ed25519",
    }),
  },
  {
    says: "a reason code is added to an approval in a session",
    by: "APPROVAL",
    forge: changed(reviewed, (payload) => ({ ...payload, reasonCode: "unclear" }), {
      which: ({ decision, method }) => decision === "approve" && method === "session",
    }),
  },
  {
    says: "the reason of a signed rejection is rewritten",
    by: "APPROVAL",
    forge: changed(reviewed, (payload) => ({ ...payload, reason: "too expensive" }), {
      which: ({ decision, method }) => decision === "reject" && method === "ed25519",
    }),
  },
  {
    says: "a reason code is added to a signed review that has none",
    by: "APPROVAL",
    forge: changed(reviewed, (payload) => ({ ...payload, reasonCode: "unclear" }), {
      which: ({ method, reasonCode }) => method === "ed25519" && reasonCode === undefined,
    }),
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
    says: "the auditor's list has each key twice, the second time revoked",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({
      entries,
      keys: reviewKeys.flatMap((key) => [key, { ...key, revokedAt: startOfAll }]),
    })),
  },
  {
    says: "the auditor's list spells a key without its padding",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({
      entries,
      keys: reviewKeys.map((key) => ({ ...key, spki: key.spki.replace(/=+$/, "") })),
    })),
  },
  {
    says: "the auditor's list spells a key with a line break",
    by: "APPROVAL",
    forge: signed(({ entries }) => ({
      entries,
      keys: reviewKeys.map((key) => ({ ...key, spki: `${key.spki}\n` })),
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
]
