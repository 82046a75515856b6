// Part of check 8, who may write which entry: the executor, or who asked while it submits, but for what is commanded and what that
// leaves. Intents, plans, reviews, resolutions and starts have rules of their own (decisions.ts, approvals.ts, starts.ts).

import { requested, reviewed, voided } from "./approval-state.ts"
import { compiled, decided, received, rejected } from "./decisions.ts"
import { Fault } from "./fault.ts"
import { memberOf, objectAt, textAt, type JsonObject } from "./json.ts"
import type { Entry } from "./read-lines.ts"
import type { Story } from "./story.ts"

const of = (name: string): string => `controlPlane.execution.${name}@1`

const ruledElsewhere = new Set([
  received,
  compiled,
  rejected,
  reviewed,
  of("step.started"),
  of("step.resolved"),
])

/** Throws for an entry that its writer may not write there; `before` is the entry before it. All payloads have to be here. */
export function checkAuthor({ asked }: Story, before: Entry | null, entry: Entry): void {
  const { seq, kind, time } = entry
  const payload = entry.payload ?? {}
  const id = writerOf(entry)
  if (id.startsWith("counterfoil.") || ruledElsewhere.has(kind)) return
  if (isCommand(asked.startsByItself, kind, payload)) return
  if (id === asked.requester && time === asked.time && isOfSubmission(kind, payload)) return
  if (before !== null && writerOf(before) === id && before.time === time && isLeftBy(before, kind, payload))
    return
  throw new Fault("only the executor writes such an entry here", {
    seq,
    at: "/head/principal/id",
    recorded: id,
  })
}

const writerOf = ({ head }: Entry): string => textAt(objectAt(head, "principal"), "id")

/** What anyone may command who holds the right to, which no bundle shows. */
function isCommand(startsByItself: boolean, kind: string, payload: JsonObject): boolean {
  if (kind === of("cancelRequested") || kind === of("paused")) return true
  return kind === of("resumed") ? payload["cause"] !== "timer" : kind === of("started") && !startsByItself
}

const ofSubmission = new Set([
  decided,
  requested,
  ...["started", "step.blocked", "step.skipped", "completed", "failed"].map(of),
])

/** What is due at once is written with the intent, by who asked: nothing that anything outside answered. */
const isOfSubmission = (kind: string, payload: JsonObject): boolean =>
  kind === of("step.completed") || kind === of("step.failed")
    ? payload["source"] === "fanOut"
    : ofSubmission.has(kind)

/** What a command leaves in the same write: a cancel voids requests, one after the other, and a rejection blocks its step. */
function isLeftBy(before: Entry, kind: string, payload: JsonObject): boolean {
  const command = before.payload ?? {}
  if (kind === voided)
    return payload["because"] === "cancelled" && [of("cancelRequested"), voided].includes(before.kind)
  return (
    kind === of("step.blocked") &&
    before.kind === reviewed &&
    command["status"] === "rejected" &&
    command["late"] === false &&
    memberOf(command, "approvalId") === memberOf(payload, "approvalId")
  )
}
