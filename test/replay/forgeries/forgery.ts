// A forgery: what someone with the code, the database and the time to hash everything again would hand to an auditor.
// Owns: the noun and the tools to look into a recorded trace. Does not own: the forgeries (the other files of this folder).

import { canonical, type Json, type JsonObject, type Time, type TraceEntry } from "@counterfoil/contracts"
import type { BlobRow } from "@counterfoil/contracts/ports"
import type { SignatureKit } from "@counterfoil/replay"
import { asObject, edited, rehashed } from "../forge.ts"
import type { Recording } from "../record-execution.ts"
import { ids, start as startOfAll } from "../world.ts"

/** A trace; never empty. */
export type Entries = readonly [TraceEntry, ...TraceEntry[]]

/** The check that has to find it; HEAD is check 4 with a head that was kept elsewhere, and nothing else can. */
export type FoundBy =
  | "FORMAT"
  | "BLOB"
  | "SEQUENCE"
  | "CHAIN"
  | "PAYLOAD"
  | "APPROVAL"
  | "CONSUMPTION"
  | "DERIVE"
  | "HEAD"

/** What is handed over: a trace hashed again, other texts, lines of the file, or keys as the auditor has them. */
export interface Forged {
  readonly entries?: Entries
  readonly texts?: readonly BlobRow[]
  readonly lines?: (lines: readonly string[]) => readonly string[]
  readonly keys?: SignatureKit["keys"]
}

/** One forgery; `forge` answers null for a recording that has nothing to forge in this way. */
export interface Forgery {
  readonly says: string
  readonly by: FoundBy
  readonly forge: (recording: Recording) => Forged | null
}

/** The kinds of entries that are forged here, by short names. */
export const kinds: { readonly [name in KindName]: string } = {
  received: "controlPlane.intent.received@1",
  compiled: "controlPlane.plan.compiled@1",
  rejected: "controlPlane.plan.rejected@1",
  decided: "controlPlane.policy.decided@1",
  requested: "controlPlane.approval.requested@1",
  reviewed: "controlPlane.approval.reviewed@1",
  escalated: "controlPlane.approval.escalated@1",
  voided: "controlPlane.approval.voided@1",
  begun: "controlPlane.execution.started@1",
  started: "controlPlane.execution.step.started@1",
  completed: "controlPlane.execution.step.completed@1",
  failed: "controlPlane.execution.step.failed@1",
  resolved: "controlPlane.execution.step.resolved@1",
  cancelling: "controlPlane.execution.cancelRequested@1",
}
type KindName =
  | "received"
  | "compiled"
  | "rejected"
  | "decided"
  | "requested"
  | "reviewed"
  | "escalated"
  | "voided"
  | "begun"
  | "started"
  | "completed"
  | "failed"
  | "resolved"
  | "cancelling"

/** The payload of an entry as an object. */
export const payloadOf = (entry: TraceEntry | undefined): JsonObject => asObject(entry?.payload ?? undefined)

/** A member that is a text; empty when it is not. */
export function textIn(payload: JsonObject, name: string): string {
  const value = payload[name]
  return typeof value === "string" ? value : ""
}

/** The index of the first entry of a kind whose payload is so, or null. */
export function find(
  entries: readonly TraceEntry[],
  kind: string,
  which: (payload: JsonObject, index: number) => boolean = () => true,
): number | null {
  const index = entries.findIndex((entry, i) => entry.head.kind === kind && which(payloadOf(entry), i))
  return index === -1 ? null : index
}

/** The entries with one payload, and one head, changed. Nothing is hashed again yet. */
export const change = (
  entries: readonly TraceEntry[],
  index: number,
  payload: (old: JsonObject) => Json,
  head: JsonObject = {},
): readonly TraceEntry[] =>
  entries.map((entry, i) =>
    i === index ? edited(entry, { head, payload: payload(payloadOf(entry)) }) : entry,
  )

/** The same with its head alone changed. */
export const changeHead = (
  entries: readonly TraceEntry[],
  index: number,
  head: JsonObject,
): readonly TraceEntry[] => change(entries, index, (payload) => payload, head)

/** A forged trace with every digest of payloads and every link made again. */
export const hashed = (entries: readonly TraceEntry[]): Forged => ({ entries: rehashed(entries) })

/** A start that used an approval of its own, with its request and the reviews that counted. */
export interface ApprovedStart {
  readonly start: number
  readonly request: number
  readonly reviews: readonly [number, ...number[]]
}

/** The first such start whose request is of this tier and whose first review was given so. */
export function approvedStart(
  { entries }: Recording,
  tier: "medium" | "high",
  method: "session" | "ed25519",
): ApprovedStart | null {
  for (const [start, entry] of entries.entries()) {
    const payload = payloadOf(entry)
    if (entry.head.kind !== kinds.started || payload["attempt"] !== 1 || payload["approvalId"] === undefined)
      continue
    const request = find(entries, kinds.requested, ({ approvalId }) => approvalId === payload["approvalId"])
    if (request === null || payloadOf(entries[request])["tier"] !== tier) continue
    const ids = canonical(payload["reviewIds"] ?? null)
    const [first, ...others] = entries.flatMap((one, i) =>
      one.head.kind === kinds.reviewed && ids.includes(textIn(payloadOf(one), "reviewId")) ? [i] : [],
    )
    if (first === undefined) continue
    if (payloadOf(entries[first])["method"] !== method) continue
    return { start, request, reviews: [first, ...others] }
  }
  return null
}

/** The JSON with every mention of one text replaced by another. */
export const swapped = (value: Json, from: string, to: string): JsonObject =>
  asObject(JSON.parse(canonical(value).replaceAll(from, to)) as Json)

/** Without these members. */
export const without = (object: JsonObject, ...names: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))

/** A forgery of the first entry of a kind whose payload is so: its payload, and its head, changed. */
export const changed =
  (
    kind: string,
    edit: (payload: JsonObject) => Json,
    {
      which,
      head,
    }: { readonly which?: (payload: JsonObject, index: number) => boolean; readonly head?: JsonObject } = {},
  ): Forgery["forge"] =>
  ({ entries }) => {
    const index = find(entries, kind, which)
    return index === null ? null : hashed(change(entries, index, edit, head))
  }

/** A forgery of a start that used an approval of its own. */
export type OfApproval = (recording: Recording, found: ApprovedStart) => Forged | null

/** Of a start of tier high under signed reviews. */
export const signed =
  (forge: OfApproval): Forgery["forge"] =>
  (recording) => {
    const found = approvedStart(recording, "high", "ed25519")
    return found === null ? null : forge(recording, found)
  }

/** Of a start of tier medium under reviews that were given in a session. */
export const reviewedInSession =
  (forge: OfApproval): Forgery["forge"] =>
  (recording) => {
    const found = approvedStart(recording, "medium", "session")
    return found === null ? null : forge(recording, found)
  }

/** The first review of such a start, with its payload, and its head, changed. */
export const firstReview =
  (edit: (payload: JsonObject) => Json, head: JsonObject = {}): OfApproval =>
  ({ entries }, { reviews: [first] }) =>
    hashed(change(entries, first, edit, head))

/** The head of an entry that a person wrote. */
export const person = (id: string): JsonObject => ({ principal: { id, kind: "human" } })
/** The head of an entry that the agent wrote. */
export const agent: JsonObject = { principal: { id: ids.bot, kind: "agent" } }

/** When an entry was written. */
export const timeOf = ({ entries }: Recording, index: number): Time => entries[index]?.head.time ?? startOfAll

/** Who gave a review. */
export const humanOf = ({ entries }: Recording, review: number): string =>
  textIn(payloadOf(entries[review]), "human")
