// Forged starts: a step that ran without what allows it, before it, after it, twice, or as another step.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import { addMs, type JsonObject, type Time } from "@counterfoil/contracts"
import { asObject, edited, otherLeaf, withLeaf } from "../forge.ts"
import type { Recording } from "../record-execution.ts"
import { registry } from "../world.ts"
import {
  kinds,
  approvedStart,
  change,
  changed,
  changeHead,
  find,
  hashed,
  payloadOf,
  reviewedInSession,
  signed,
  textIn,
  without,
  type ApprovedStart,
  type Entries,
  type Forged,
  type Forgery,
  type OfApproval,
} from "./forgery.ts"

const { begun, cancelling, decided, failed, requested, reviewed, started, voided } = kinds

/** Of a start under an approval of its own, of any tier. */
const approved =
  (forge: OfApproval): Forgery["forge"] =>
  (recording) => {
    const found =
      approvedStart(recording, "medium", "session") ??
      approvedStart(recording, "high", "ed25519") ??
      approvedStart(recording, "medium", "ed25519")
    return found === null ? null : forge(recording, found)
  }
const withoutApproval = (payload: JsonObject): JsonObject => ({
  ...without(payload, "approvalId", "approvalDigest"),
  reviewIds: [],
})

/** The request of a start and everything about it, gone. */
const withoutRequest = (entries: Entries, { request }: ApprovedStart): readonly Entries[0][] => {
  const { approvalId } = payloadOf(entries[request])
  return entries.filter(
    (entry) =>
      !([requested, reviewed].includes(entry.head.kind) && payloadOf(entry)["approvalId"] === approvalId),
  )
}

/** An entry moved elsewhere, dated as its new neighbour. */
function moved(entries: Entries, from: number, to: number): readonly Entries[0][] {
  const entry = entries[from] ?? entries[0]
  const { time, fence } = (entries[from < to ? to : Math.max(0, to - 1)] ?? entries[0]).head
  return entries.toSpliced(from, 1).toSpliced(to, 0, edited(entry, { head: { time, fence } }))
}

/** Every entry from one on with a new time; verdict requests have the same new times. */
const dated = (entries: Entries, from: number, at: (time: Time) => Time): readonly Entries[0][] =>
  entries.map((entry, i) => {
    if (i < from) return entry
    const time = at(entry.head.time)
    const payload = payloadOf(entry)
    return edited(entry, {
      head: { time },
      payload:
        entry.head.kind === decided ? withLeaf(payload, ["request", "call", "now"], () => time) : payload,
    })
  })

/** Where the append of a start begins: at the verdict just before it, if there is one. */
const appendOf = ({ entries }: Recording, { start }: ApprovedStart): number =>
  entries[start - 1]?.head.kind === decided ? start - 1 : start

/** The digests of requests made again, as `dated` changes the time in them. */
function requestedAnew(entries: readonly Entries[0][], digests: (payload: JsonObject) => JsonObject): Forged {
  return hashed(
    entries.map((entry) =>
      entry.head.kind === decided ? edited(entry, { payload: digests(payloadOf(entry)) }) : entry,
    ),
  )
}

/** Forged starts; `redigest` makes the digest of a verdict's request again. */
export const forgedStarts = (redigest: (payload: JsonObject) => JsonObject): readonly Forgery[] => [
  {
    says: "a held step starts without an approval",
    by: "CONSUMPTION",
    forge: approved(({ entries }, { start }) => hashed(change(entries, start, withoutApproval))),
  },
  {
    says: "request and reviews are deleted, and the start says attempt 2",
    by: "APPROVAL",
    forge: approved(({ entries }, found) =>
      hashed(
        withoutRequest(entries, found).map((entry) =>
          entry.head.seq === found.start + 1
            ? edited(entry, { payload: { ...payloadOf(entry), attempt: 2 } })
            : entry,
        ),
      ),
    ),
  },
  {
    says: "request, reviews and approval are deleted, and the start says attempt 2",
    by: "CONSUMPTION",
    forge: approved(({ entries }, found) =>
      hashed(
        withoutRequest(entries, found).map((entry) =>
          entry.head.seq === found.start + 1
            ? edited(entry, { payload: { ...withoutApproval(payloadOf(entry)), attempt: 2 } })
            : entry,
        ),
      ),
    ),
  },
  {
    says: "a first attempt says that it is the second",
    by: "CONSUMPTION",
    forge: changed(started, (payload) => ({ ...payload, attempt: 2 }), {
      which: ({ attempt }) => attempt === 1,
    }),
  },
  {
    says: "two starts use one approval",
    by: "CONSUMPTION",
    forge: approved(({ entries }, { start }) =>
      hashed(entries.toSpliced(start + 1, 0, entries[start] ?? entries[0])),
    ),
  },
  {
    says: "a step that was completed starts again under its approval",
    by: "CONSUMPTION",
    forge: approved(({ entries }, { start }) => {
      const { stepId } = payloadOf(entries[start])
      const end = find(
        entries,
        "controlPlane.execution.step.completed@1",
        (payload, i) => i > start && payload["stepId"] === stepId,
      )
      if (end === null) return null
      const { time, fence } = (entries[end] ?? entries[0]).head
      const again = edited(entries[start] ?? entries[0], {
        head: { time, fence },
        payload: { ...payloadOf(entries[start]), attempt: 2 },
      })
      return hashed(entries.toSpliced(end + 1, 0, again))
    }),
  },
  {
    says: "another step starts under an approval that was used",
    by: "CONSUMPTION",
    forge: approved(({ entries }, { start }) => {
      const used = payloadOf(entries[start])
      const other = find(
        entries,
        started,
        (payload, i) =>
          i > start && payload["stepId"] !== used["stepId"] && payload["approvalId"] !== undefined,
      )
      return other === null
        ? null
        : hashed(
            change(entries, other, (payload) => ({
              ...payload,
              approvalId: used["approvalId"] ?? null,
              approvalDigest: used["approvalDigest"] ?? null,
              reviewIds: used["reviewIds"] ?? null,
            })),
          )
    }),
  },
  {
    says: "a step starts before it was approved",
    by: "CONSUMPTION",
    forge: approved(({ entries }, { start, reviews }) => hashed(moved(entries, start, reviews[0]))),
  },
  {
    says: "a step starts before the grace of its approval is over",
    by: "CONSUMPTION",
    forge: signed((recording, found) => {
      const { entries } = recording
      const last = found.reviews.at(-1) ?? found.reviews[0]
      const from = appendOf(recording, found)
      const early = (entries[from - 1] ?? entries[0]).head.time
      if (early >= textIn(payloadOf(entries[last]), "notBefore")) return null
      return requestedAnew(
        dated(entries, from, (time) => (time === entries[found.start]?.head.time ? early : time)),
        redigest,
      )
    }),
  },
  {
    says: "a step starts after its approval had expired",
    by: "CONSUMPTION",
    forge: reviewedInSession((recording, found) =>
      requestedAnew(
        dated(recording.entries, appendOf(recording, found), (time) => addMs(time, 3 * 86_400_000)).slice(
          0,
          found.start + 1,
        ),
        redigest,
      ),
    ),
  },
  {
    says: "a step starts under an approval that was voided",
    by: "CONSUMPTION",
    forge: reviewedInSession((recording, found) => {
      const { entries } = recording
      const from = appendOf(recording, found)
      // Without a verdict of its own the start would lack one, too, but this forgery is about the void.
      if (from === found.start) return null
      const { approvalId = null } = payloadOf(entries[found.request])
      const ended = edited(entries[from] ?? entries[0], {
        head: { kind: voided, kindDigest: registry.event(voided)?.digest ?? "" },
        payload: { approvalId, because: "policyChanged" },
      })
      return hashed(entries.toSpliced(from, 0, ended))
    }),
  },
  {
    says: "a step starts after the execution was cancelled",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      // What a cancel voids was written with it, and would be found alone first.
      const end = find(entries, cancelling, (_payload, i) => entries[i + 1]?.head.kind !== voided)
      const start = entries.findLastIndex(
        (entry, i) => i < (end ?? 0) && entry.head.kind === started && payloadOf(entry)["role"] === "do",
      )
      return end === null || start === -1 ? null : hashed(moved(entries, end, start))
    },
  },
  {
    says: "a step starts while the execution is paused",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const pause = find(entries, "controlPlane.execution.paused@1")
      const start = entries.findLastIndex((entry, i) => i < (pause ?? 0) && entry.head.kind === started)
      return pause === null || start === -1 ? null : hashed(moved(entries, pause, start))
    },
  },
  {
    says: "a step starts before the execution does",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const begin = find(entries, begun)
      const start = find(entries, started)
      if (begin === null || start === null || payloadOf(entries[0])["start"] !== "auto") return null
      // It was written with the intent; so late only the executor writes it.
      const { principal, onBehalfOf, session, capabilitySource } = (entries[start] ?? entries[0]).head
      const late = { principal, onBehalfOf, session, capabilitySource }
      return hashed(changeHead(moved(entries, begin, start), start, late))
    },
  },
  {
    says: "a step starts that the plan does not have",
    by: "CONSUMPTION",
    forge: changed(started, (payload) => ({ ...payload, key: "transfer" })),
  },
  {
    says: "a step starts under the id of another",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const start = find(entries, started)
      const other = find(entries, started, ({ key }) => key !== payloadOf(entries[start ?? -1])["key"])
      if (start === null || other === null) return null
      const { stepId = null } = payloadOf(entries[other])
      return hashed(change(entries, start, (payload) => ({ ...payload, stepId })))
    },
  },
  {
    says: "a step starts for which no verdict was made",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const start = find(entries, started, ({ approvalId }) => approvalId === undefined)
      const { stepId } = payloadOf(entries[start ?? -1])
      return start === null
        ? null
        : hashed(
            entries.filter(
              (entry) =>
                entry.head.kind !== decided ||
                payloadOf(entry)["stepId"] !== stepId ||
                payloadOf(entry)["phase"] === "preview",
            ),
          )
    },
  },
  {
    says: "a step that was denied starts",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const denial = find(
        entries,
        decided,
        ({ verdict, phase }) =>
          phase !== "preview" && asObject(asObject(verdict)["core"])["decision"] === "deny",
      )
      const start = find(entries, started, ({ approvalId }) => approvalId === undefined)
      if (denial === null || start === null || start > denial) return null
      const {
        stepId = null,
        key = null,
        generation = null,
        verdictDigest = null,
      } = payloadOf(entries[denial])
      const { time, fence } = (entries[denial] ?? entries[0]).head
      return hashed(
        entries.toSpliced(
          denial + 1,
          0,
          edited(entries[start] ?? entries[0], {
            head: { time, fence },
            payload: { ...payloadOf(entries[start]), stepId, key, generation, verdictDigest, attempt: 1 },
          }),
        ),
      )
    },
  },
  {
    says: "a step starts with an input that was not decided on",
    by: "CONSUMPTION",
    forge: changed(
      started,
      (payload) => withLeaf(payload, ["input", "amount"], (amount) => Number(amount) + 1),
      { which: ({ input }) => "amount" in asObject(input) },
    ),
  },
  {
    says: "a step starts under another idempotency key",
    by: "CONSUMPTION",
    forge: changed(started, (payload) => ({
      ...payload,
      idempotencyKey: otherLeaf(payload["idempotencyKey"] ?? null),
    })),
  },
  {
    says: "a step starts with another contract",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const start = find(entries, started)
      const other = find(entries, started, ({ key }) => key !== payloadOf(entries[start ?? -1])["key"])
      if (start === null || other === null) return null
      const { contract = null } = payloadOf(entries[other])
      return hashed(change(entries, start, (payload) => ({ ...payload, contract })))
    },
  },
  {
    says: "a start leaves out the reviews that it relies on",
    by: "CONSUMPTION",
    forge: approved(({ entries }, { start }) =>
      hashed(change(entries, start, (payload) => ({ ...payload, reviewIds: [] }))),
    ),
  },
  {
    says: "a step is tried again although its last attempt was never settled",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const again = find(entries, started, ({ attempt }) => attempt === 2)
      const { stepId } = payloadOf(entries[again ?? -1])
      const failure = find(entries, failed, (payload, i) => i < (again ?? 0) && payload["stepId"] === stepId)
      return again === null || failure === null ? null : hashed(entries.filter((_, i) => i !== failure))
    },
  },
  {
    says: "the first attempt of a step is deleted with its failure",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const again = find(entries, started, ({ attempt }) => attempt === 2)
      const { stepId, generation } = payloadOf(entries[again ?? -1])
      return again === null
        ? null
        : hashed(
            entries.filter((entry, i) => {
              const payload = payloadOf(entry)
              const own = payload["stepId"] === stepId && payload["generation"] === generation
              return i >= again || !own || ![started, failed].includes(entry.head.kind)
            }),
          )
    },
  },
  {
    says: "a step is tried again before its time",
    by: "CONSUMPTION",
    forge: ({ entries }) => {
      const again = find(entries, started, ({ attempt }) => attempt === 2)
      const { stepId } = payloadOf(entries[again ?? -1])
      const failure = entries.findLastIndex(
        (entry, i) => i < (again ?? 0) && entry.head.kind === failed && payloadOf(entry)["stepId"] === stepId,
      )
      return again === null || failure === -1
        ? null
        : hashed(change(entries, failure, (payload) => ({ ...payload, retryAt: "2027-01-01T00:00:00.000Z" })))
    },
  },
  {
    says: "a failure that is tried again does not say when",
    by: "CONSUMPTION",
    forge: changed(failed, (payload) => without(payload, "retryAt"), {
      which: ({ retryAt }) => retryAt !== undefined,
    }),
  },
  {
    says: "the tail is cut off",
    by: "HEAD",
    forge: ({ entries }) => (entries.length < 4 ? null : hashed(entries.slice(0, -1))),
  },
  {
    says: "a cancel is put under another session of its caller",
    by: "HEAD",
    forge: ({ entries }) => {
      // What a cancel voids was written with it, and would differ from it.
      const cancel = find(entries, cancelling, (_payload, i) => entries[i + 1]?.head.kind !== voided)
      return cancel === null
        ? null
        : hashed(changeHead(entries, cancel, { session: "ses_01kaz3v8g0e8r4n2t6w0y3b5d9" }))
    },
  },
]
