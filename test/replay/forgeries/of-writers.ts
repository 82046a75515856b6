// Forged writers: an entry under the name, for the principal, in the session or by the grant of someone who did not write it.
// Owns: these forgeries alone. Does not own: what a forgery is (forgery.ts), nor finding them (forgeries.test.ts).

import type { JsonObject, TraceEntry } from "@counterfoil/contracts"
import { withLeaf } from "../forge.ts"
import { ids } from "../world.ts"
import {
  agent,
  changed,
  changeHead,
  find,
  hashed,
  kinds,
  payloadOf,
  person,
  type Forgery,
} from "./forgery.ts"

const { received, decided, begun, started, cancelling, resolved, escalated, reviewed, rejected } = kinds
const paused = "controlPlane.execution.paused@1"
const resumed = "controlPlane.execution.resumed@1"

const executorId = "counterfoil.executor"
const relay: JsonObject = { principal: { id: "counterfoil.relay", kind: "service" } }
const executor: JsonObject = { principal: { id: executorId, kind: "service" } }
const grantOf = (capability: string, source = "grant"): JsonObject => ({
  capabilitySource: { capability, grantId: "grn_01kaz3v8g0e8r4n2t6w0y3b5d9", source },
})
const otherSession: JsonObject = { session: "ses_01kaz3v8g0e8r4n2t6w0y3b5d9" }

/** The first entry of a kind, or of any, that this writer wrote, under another head. */
const underHead = (
  head: JsonObject,
  { kind, writer }: { readonly kind?: string; readonly writer: string },
): Forgery["forge"] =>
  changedWhere((entry) => (kind ?? entry.head.kind) === entry.head.kind && isBy(entry, writer), head)

function changedWhere(which: (entry: TraceEntry) => boolean, head: JsonObject): Forgery["forge"] {
  return ({ entries }) => {
    const index = entries.findIndex(which)
    return index === -1 ? null : hashed(changeHead(entries, index, head))
  }
}

const isBy = ({ head }: TraceEntry, writer: string): boolean => head.principal.id === writer

const unchanged = (payload: JsonObject): JsonObject => payload

const asIntent = ({ head }: TraceEntry): JsonObject => {
  const { principal, onBehalfOf, session, capabilitySource, traceparent } = head
  return { principal, onBehalfOf, session, capabilitySource, traceparent }
}

const asExecutor = ({ head }: TraceEntry): JsonObject => ({
  ...executor,
  onBehalfOf: head.principal.id,
  session: null,
  capabilitySource: null,
  traceparent: head.traceparent,
})

/** Forged writers. */
export const forgedWriters: readonly Forgery[] = [
  {
    says: "a start was written by an agent that did not ask",
    by: "APPROVAL",
    forge: changed(started, unchanged, {
      head: { principal: { id: String(ids.bot).replace("b0", "b1"), kind: "agent" } },
    }),
  },
  {
    says: "a start was written by who asked, after the intent was written",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const start = find(entries, started)
      return start === null ? null : hashed(changeHead(entries, start, asIntent(entries[0])))
    },
  },
  {
    says: "an entry is said to be written with the intent, after one that the executor wrote",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const verdict = find(entries, decided)
      const next = entries[(verdict ?? -1) + 1]
      return verdict === null || next === undefined || !isBy(next, ids.bot)
        ? null
        : hashed(changeHead(entries, verdict, asExecutor(entries[0])))
    },
  },
  {
    says: "a start was written by another service of the installation",
    by: "APPROVAL",
    forge: underHead(relay, { kind: started, writer: executorId }),
  },
  {
    says: "an answer from outside was written by another service of the installation",
    by: "APPROVAL",
    forge: changed(kinds.completed, unchanged, { head: relay }),
  },
  {
    says: "an answer from outside was written with the name of who asked",
    by: "APPROVAL",
    forge: changed(kinds.completed, unchanged, { head: agent }),
  },
  {
    says: "an approval was taken back by another service of the installation",
    by: "APPROVAL",
    forge: changed(reviewed, unchanged, { which: ({ method }) => method === "system", head: relay }),
  },
  {
    says: "the executor acts for another principal than who asked",
    by: "APPROVAL",
    forge: underHead({ onBehalfOf: ids.kim }, { writer: executorId }),
  },
  {
    says: "the executor acts for no one",
    by: "APPROVAL",
    forge: underHead({ onBehalfOf: null }, { writer: executorId }),
  },
  {
    says: "an entry of the executor is put under a session",
    by: "APPROVAL",
    forge: underHead(otherSession, { writer: executorId }),
  },
  {
    says: "an entry of the executor is put under a grant",
    by: "APPROVAL",
    forge: underHead(grantOf("control-plane.core"), { writer: executorId }),
  },
  {
    says: "an entry of the executor is put under another trace parent",
    by: "APPROVAL",
    forge: underHead({ traceparent: null }, { writer: executorId }),
  },
  {
    says: "a verdict that was written with the intent is put under another session",
    by: "APPROVAL",
    forge: underHead(otherSession, { kind: decided, writer: ids.bot }),
  },
  {
    says: "a rejection of the plan is put under another fence than the intent",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const index = find(entries, rejected)
      return index === null
        ? null
        : hashed(changeHead(entries, index, { fence: (entries[index] ?? entries[0]).head.fence + 1 }))
    },
  },
  {
    says: "an intent was written by a grant for something else",
    by: "APPROVAL",
    forge: changed(received, unchanged, { head: grantOf("control-plane.audit") }),
  },
  {
    says: "an intent was written by a right that is not a grant",
    by: "APPROVAL",
    forge: changed(received, unchanged, { head: grantOf("control-plane.core", "break glass") }),
  },
  {
    says: "an intent hides for whom it was asked",
    by: "APPROVAL",
    forge: ({ entries }) => {
      const own = entries.flatMap((entry, i) => (isBy(entry, ids.bot) ? [i] : []))
      return hashed(
        own.reduce((all, i) => changeHead(all, i, { onBehalfOf: null }), entries as readonly TraceEntry[]),
      )
    },
  },
  {
    says: "who asked has the grant of someone else",
    by: "APPROVAL",
    forge: changed(
      received,
      (payload) => withLeaf(payload, ["requesterChain", 0, "grants", 0, "principal"], () => ids.kim),
      { which: ({ requesterChain }) => JSON.stringify(requesterChain).includes('"grantId"') },
    ),
  },
  {
    says: "a cancel was called for another person",
    by: "APPROVAL",
    forge: changed(cancelling, unchanged, { head: { onBehalfOf: ids.mia } }),
  },
  {
    says: "a cancel was called by the executor",
    by: "APPROVAL",
    forge: (recording) =>
      changed(cancelling, unchanged, { head: asExecutor(recording.entries[0]) })(recording),
  },
  {
    says: "a cancel was called by a grant for something else",
    by: "APPROVAL",
    forge: changed(cancelling, unchanged, { head: grantOf("control-plane.approval") }),
  },
  {
    says: "what was in doubt was settled by a grant for something else",
    by: "APPROVAL",
    forge: changed(resolved, unchanged, { head: grantOf("control-plane.core") }),
  },
  {
    says: "a pause of an operator is said to be the kill switch's",
    by: "APPROVAL",
    forge: changed(paused, (payload) => ({ ...payload, because: "killSwitch" })),
  },
  {
    says: "a pause of an operator is said to be because of a contract that is missing",
    by: "APPROVAL",
    forge: changed(paused, (payload) => ({ ...payload, because: "contractMissing" })),
  },
  {
    says: "the executor pauses for a reason that it never has",
    by: "APPROVAL",
    forge: (recording) =>
      changed(paused, (payload) => ({ ...payload, because: "contractMissing" }), {
        head: asExecutor(recording.entries[0]),
      })(recording),
  },
  {
    says: "a person goes on where only time does",
    by: "APPROVAL",
    forge: changed(resumed, () => ({ cause: "timer" }), { which: ({ cause }) => cause !== "timer" }),
  },
  {
    says: "an execution that waits for its start starts by itself",
    by: "APPROVAL",
    forge: (recording) =>
      payloadOf(recording.entries[0])["start"] === "manual"
        ? changed(begun, unchanged, { head: asExecutor(recording.entries[0]) })(recording)
        : null,
  },
  {
    says: "an execution that starts by itself was started by a person",
    by: "APPROVAL",
    forge: (recording) =>
      payloadOf(recording.entries[0])["start"] === "auto"
        ? changed(begun, unchanged, { head: person(ids.kim) })(recording)
        : null,
  },
  {
    says: "a request is escalated by an operator",
    by: "APPROVAL",
    forge: changed(escalated, (payload) => ({ ...payload, because: "operator" })),
  },
]
