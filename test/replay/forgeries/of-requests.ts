// Forged requests: who was asked, for how long and about what; who asked, and who settled what was in doubt.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import { addMs, canonical, type Json, type Time } from "@counterfoil/contracts"
import { asObject, edited, inConcert, withLeaf } from "../forge.ts"
import type { Recording } from "../record-execution.ts"
import { ids } from "../world.ts"
import {
  agent,
  change,
  changed,
  changeHead,
  find,
  hashed,
  humanOf,
  kinds,
  payloadOf,
  person,
  reviewedInSession,
  signed,
  swapped,
  textIn,
  without,
  type ApprovedStart,
  type Forged,
  type Forgery,
} from "./forgery.ts"
import { replacedBy } from "./of-reviews.ts"
import { signature } from "./of-signatures.ts"

const { compiled, completed, decided, requested, resolved } = kinds

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

/** A value that never mentions a person as an owner, a custodian or someone excluded. */
function withoutPerson(value: Json, id: string): Json {
  if (Array.isArray(value))
    return value.filter((item) => item !== id).map((item: Json) => withoutPerson(item, id))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(
    Object.entries(asObject(value)).map(([name, member]) => [
      name,
      name === "owner" && member === id ? null : withoutPerson(member, id),
    ]),
  )
}

/** A step of tier high that was in doubt, as if this person had settled it. */
const resolvedBy =
  (human: string): Forgery["forge"] =>
  ({ entries, execution }) => {
    const resolution = find(entries, resolved, ({ stepId }) =>
      execution.approvals.some((one) => one.stepId === stepId && one.tier === "high"),
    )
    return resolution === null ? null : hashed(changeHead(entries, resolution, person(human)))
  }

/** Forged requests. */
export const forgedRequests: readonly Forgery[] = [
  {
    says: "the list of who is excluded is emptied",
    by: "APPROVAL",
    forge: changed(requested, (payload) => ({ ...payload, excluded: [] })),
  },
  {
    says: "the statement alone says that no one was excluded, and is digested again",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const request = find(entries, requested)
      if (request === null) return null
      const emptied = change(entries, request, (payload) =>
        withLeaf(payload, ["statement", "excluded"], () => []),
      )
      return { entries: inConcert(emptied) }
    },
  },
  {
    says: "the owner is taken out of every chain and list, and approves with a good signature beside one that was given before",
    by: "APPROVAL",
    forge: signed((recording, found) => {
      const [first, second] = found.reviews
      if (second === undefined) return null
      const owner = String(ids.kim)
      const alone = inConcert(
        recording.entries.map((entry) => edited(entry, { payload: withoutPerson(entry.payload, owner) })),
      )
      const forged = { ...recording, entries: alone }
      const made = signature(forged, found, first, {}, ids.kim)
      const [head, ...rest] = change(alone, first, (payload) => ({ ...payload, signature: made }))
      if (head === undefined) return null
      return hashed(replacedBy([head, ...rest], first, humanOf(recording, first), owner))
    }),
  },
  {
    says: "the request asks for one person where its verdict asks for two",
    by: "APPROVAL",
    forge: signed((recording, found) => lowered(recording, [requested], found)),
  },
  {
    says: "verdict and request ask for one person at tier high",
    by: "APPROVAL",
    forge: signed((recording, found) => lowered(recording, [requested, decided], found)),
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
    forge: reviewedInSession(({ entries }, { request }) =>
      hashed(
        change(entries, request, (payload) => ({ ...payload, preview: [{ label: "amount", value: "1" }] })),
      ),
    ),
  },
  {
    says: "a step asks a second time while its request is open",
    by: "APPROVAL",
    forge: reviewedInSession(({ entries }, { request }) => {
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
    forge: changed(requested, (payload) => without(payload, "supersedes"), {
      which: ({ level }) => level === 1,
    }),
  },
  {
    says: "someone else asked than the chain says",
    by: "APPROVAL",
    forge: ({ entries }) => hashed(changeHead(entries, 0, person(ids.eve))),
  },
  {
    says: "someone else wrote the plan, so that who asked may review it",
    by: "APPROVAL",
    forge: changed(compiled, (payload) => ({ ...payload, author: ids.eve }), { head: person(ids.eve) }),
  },
  {
    says: "what was in doubt is settled under the name of another step",
    by: "APPROVAL",
    forge: changed(resolved, (payload) => ({ ...payload, key: "another" })),
  },
  {
    says: "an outcome names another step",
    by: "APPROVAL",
    forge: changed(completed, (payload) => ({ ...payload, key: "another" })),
  },
  {
    says: "another step is said to be skipped",
    by: "APPROVAL",
    forge: changed("controlPlane.execution.step.skipped@1", (payload) => ({ ...payload, key: "another" })),
  },
  {
    says: "an agent resolved a step in doubt",
    by: "APPROVAL",
    forge: changed(resolved, (payload) => payload, { head: agent }),
  },
  {
    says: "the human for whom it was asked resolved a step in doubt at tier high",
    by: "APPROVAL",
    forge: resolvedBy(ids.mia),
  },
  {
    says: "the owner of the agent that asked resolved a step in doubt at tier high",
    by: "APPROVAL",
    forge: resolvedBy(ids.kim),
  },
]
