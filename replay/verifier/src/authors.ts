// Part of check 8, who may write which entry, and what its head says beside the name: for whom, in which session, by which grant.
// One table for every kind. What else an entry has to be is elsewhere (decisions.ts, approvals.ts, starts.ts).

import { escalated, expired, requested, reviewed, voided } from "./approval-state.ts"
import { compiled, decided, received, rejected } from "./decisions.ts"
import { Fault } from "./fault.ts"
import { jcs, memberOf, objectAt, textAt, type Json, type JsonObject } from "./json.ts"
import type { Entry } from "./read-lines.ts"

/** The one name that the executor writes under. */
const executor = "counterfoil.executor"

/**
 * A right to write an entry. `asker`: with the intent, in the first write, by the requester. `executor`: by the executor, for the requester.
 * `core` and `approval`: by the caller of a command, under that capability.
 */
type Right = "asker" | "executor" | "core" | "approval"

const of = (name: string): string => `controlPlane.execution.${name}@1`
const governed = [
  "policy.activated",
  "grant.given",
  "grant.revoked",
  "principal.added",
  "principal.disabled",
  "principal.enabled",
  "owner.recovered",
  "contract.drifted",
  "trace.erased",
].map((name) => `controlPlane.${name}@1`)

/** Who writes an entry of each kind; where that depends on what it says, `rightsOf` says who. */
const writers: ReadonlyMap<string, readonly Right[]> = new Map<string, readonly Right[]>([
  ...[received, compiled, rejected].map((kind) => [kind, ["asker"]] as const),
  ...[
    decided,
    requested,
    ...["step.started", "step.skipped", "step.blocked", "completed", "failed"].map(of),
  ].map((kind) => [kind, ["asker", "executor"]] as const),
  ...[escalated, expired, voided, ...["step.inDoubt", "step.undone", "cancelled"].map(of), ...governed].map(
    (kind) => [kind, ["executor"]] as const,
  ),
  [of("step.resolved"), ["approval"]],
  [of("cancelRequested"), ["core"]],
])

/** Which writers a trace has had so far. */
interface Writers {
  /** The intent; null before it was read. */
  asked: Entry | null
  before: Entry | null
  /** True while every entry so far was written with the intent. */
  submitting: boolean
}

/** Before the first entry. */
export const noWriters = (): Writers => ({ asked: null, before: null, submitting: true })

/** Carries the writers on by one entry. */
export function noteWriter(so: Writers, entry: Entry): void {
  so.asked ??= entry
  so.submitting &&= isSameWrite(so.asked, entry)
  so.before = entry
}

/** Throws for an entry that its writer may not write there. All payloads have to be here. `so` is of the entries before it. */
export function checkAuthor(startsByItself: boolean, so: Writers, entry: Entry): void {
  const asked = so.asked ?? entry
  const rights = rightsOf(startsByItself, entry)
  const id = writerOf(entry)
  if (id === executor && rights.includes("executor")) return checkExecutor(asked, entry)
  if (rights.includes("asker") && so.submitting && isSameWrite(asked, entry))
    return checkGrant("control-plane.core", entry)
  if (so.before !== null && isLeftBy(so.before, entry) && isSameWrite(so.before, entry)) return
  const [command] = rights.filter((right) => right === "core" || right === "approval")
  if (command === undefined || id.startsWith("counterfoil."))
    throw fault(entry, "principal/id", "this writer does not write such an entry here")
  if (memberOf(entry.head, "onBehalfOf") !== null)
    throw fault(entry, "onBehalfOf", "a command is called for no one else")
  checkGrant(`control-plane.${command}`, entry)
}

function rightsOf(startsByItself: boolean, { kind, payload }: Entry): readonly Right[] {
  const said = payload ?? {}
  switch (kind) {
    // An answer comes from outside, after the intent was written; a fan-out over nothing is over at once.
    case of("step.completed"):
    case of("step.failed"):
      return said["source"] === "fanOut" ? ["asker", "executor"] : ["executor"]
    case of("started"):
      return startsByItself ? ["asker", "executor"] : ["core"]
    case of("paused"):
      return said["because"] === "operator" ? ["core"] : said["because"] === "killSwitch" ? ["executor"] : []
    case of("resumed"):
      return [said["cause"] === "timer" ? "executor" : "core"]
    case reviewed:
      return [said["method"] === "system" ? "executor" : "approval"]
    default:
      return writers.get(kind) ?? []
  }
}

const writerOf = ({ head }: Entry): string => textAt(objectAt(head, "principal"), "id")

/** What entries of one write have in common. */
const written = ["time", "fence", "principal", "onBehalfOf", "session", "capabilitySource", "traceparent"]

const isSameWrite = (a: Entry, b: Entry): boolean =>
  written.every((field) => isSame(memberOf(a.head, field), memberOf(b.head, field)))

const isSame = (a: Json, b: Json): boolean => a === b || jcs(a) === jcs(b)

/** The executor acts for the requester, by no session and no grant of its own, under the trace parent of the intent. */
function checkExecutor(asked: Entry, entry: Entry): void {
  const said = {
    onBehalfOf: writerOf(asked),
    session: null,
    capabilitySource: null,
    traceparent: memberOf(asked.head, "traceparent"),
  }
  for (const [field, value] of Object.entries(said))
    if (!isSame(memberOf(entry.head, field), value))
      throw fault(entry, field, "the executor acts for the requester, by no session or grant of its own")
}

function checkGrant(capability: string, entry: Entry): void {
  if (memberOf(entry.head, "capabilitySource") === null) return
  const source = objectAt(entry.head, "capabilitySource")
  if (source["capability"] !== capability || source["source"] !== "grant")
    throw fault(entry, "capabilitySource", "it was written by a grant for something else")
}

/** What a command leaves in the same write: a cancel voids requests, one after the other, and a rejection blocks its step. */
function isLeftBy(before: Entry, { kind, payload }: Entry): boolean {
  const [command, left]: readonly JsonObject[] = [before.payload ?? {}, payload ?? {}]
  if (kind === voided)
    return left?.["because"] === "cancelled" && [of("cancelRequested"), voided].includes(before.kind)
  return (
    kind === of("step.blocked") &&
    before.kind === reviewed &&
    command?.["status"] === "rejected" &&
    command["late"] === false &&
    command["approvalId"] === left?.["approvalId"]
  )
}

const fault = (entry: Entry, field: string, because: string): Fault =>
  new Fault(because, { seq: entry.seq, at: `/head/${field}`, recorded: writerOf(entry) })
