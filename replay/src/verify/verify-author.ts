// Who may write which entry (check 8), and what its head says beside the name: for whom, in which session, by which grant.
// Owns: one table of writers for every kind. Does not own: what else an entry has to be (verify-evidence.ts and what it calls).
// Keeps INV-06 and INV-07 in evidence: nothing that a caller writes passes for the executor's, nor the other way round.

import { assertNever, type Fact, type Payloads, type PrincipalId } from "@counterfoil/contracts"
import type { RecordedFact } from "@counterfoil/core"
import { wrong, type FoundFault, type Story } from "./story.ts"

/** The one name that the executor writes under. */
export const executorId = "counterfoil.executor"

/**
 * A right to write an entry. `asker`: with the intent, in the first write, by the requester. `executor`: by the executor, for the requester.
 * `core` and `approval`: by the caller of a command, under that capability. `same`: in the write of the entry before it.
 */
type Right = "asker" | "executor" | "core" | "approval" | "same"

/** What the heads so far say of writers. */
interface Authors {
  /** The head of the intent; null before it was read. */
  readonly asked: RecordedFact["head"] | null
  readonly before: RecordedFact | null
  /** True while every entry so far was written with the intent. */
  readonly submitting: boolean
}

/** Before the first entry. */
export const noAuthors: Authors = { asked: null, before: null, submitting: true }

/** The same after one more entry. */
export function authorsAfter({ asked, submitting }: Authors, recorded: RecordedFact): Authors {
  const first = asked ?? recorded.head
  return { asked: first, before: recorded, submitting: submitting && isSameWrite(first, recorded.head) }
}

/** What is wrong with the writer of an entry. */
export function authorFault(story: Story, authors: Authors, recorded: RecordedFact): FoundFault {
  const { head } = recorded
  const asked = authors.asked ?? head
  const rights = rightsOf(story, authors, recorded.fact)
  const { id } = head.principal
  if (rights.includes("executor") && id === executorId) return executorFault(asked, recorded)
  if (rights.includes("asker") && authors.submitting && isSameWrite(asked, head))
    return grantFault("control-plane.core", recorded)
  if (rights.includes("same") && authors.before !== null && isSameWrite(authors.before.head, head))
    return null
  if (id.startsWith("counterfoil.")) return refused(recorded)
  if (rights.includes("core")) return commandFault("control-plane.core", recorded)
  return rights.includes("approval") ? commandFault("control-plane.approval", recorded) : refused(recorded)
}

const refused = (recorded: RecordedFact): FoundFault =>
  wrong("APPROVAL", recorded, "/head/principal/id", "this writer does not write such an entry here")

/** Who writes such an entry. */
function rightsOf({ startsByItself }: Story, { before }: Authors, fact: Fact): readonly Right[] {
  switch (fact.kind) {
    case "controlPlane.intent.received@1":
    case "controlPlane.plan.compiled@1":
    case "controlPlane.plan.rejected@1":
      return ["asker"]
    case "controlPlane.policy.decided@1":
    case "controlPlane.approval.requested@1":
    case "controlPlane.execution.step.started@1":
    case "controlPlane.execution.step.skipped@1":
    case "controlPlane.execution.completed@1":
    case "controlPlane.execution.failed@1":
      return ["asker", "executor"]
    case "controlPlane.execution.step.completed@1":
    case "controlPlane.execution.step.failed@1":
      // An answer comes from outside, after the intent was written; a fan-out over nothing is over at once.
      return fact.payload.source === "fanOut" ? ["asker", "executor"] : ["executor"]
    case "controlPlane.execution.step.blocked@1":
      return ["asker", "executor", ...(isLeftBy(before, fact) ? (["same"] as const) : [])]
    case "controlPlane.approval.voided@1":
      return ["executor", ...(isLeftBy(before, fact) ? (["same"] as const) : [])]
    case "controlPlane.approval.reviewed@1":
      return [fact.payload.method === "system" ? "executor" : "approval"]
    case "controlPlane.execution.step.resolved@1":
      return ["approval"]
    case "controlPlane.execution.started@1":
      return startsByItself ? ["asker", "executor"] : ["core"]
    case "controlPlane.execution.cancelRequested@1":
      return ["core"]
    case "controlPlane.execution.paused@1":
      return pausers[fact.payload.because]
    case "controlPlane.execution.resumed@1":
      return [fact.payload.cause === "timer" ? "executor" : "core"]
    case "controlPlane.approval.escalated@1":
    case "controlPlane.approval.expired@1":
    case "controlPlane.execution.step.inDoubt@1":
    case "controlPlane.execution.step.undone@1":
    case "controlPlane.execution.cancelled@1":
    case "controlPlane.policy.activated@1":
    case "controlPlane.grant.given@1":
    case "controlPlane.grant.revoked@1":
    case "controlPlane.principal.added@1":
    case "controlPlane.principal.disabled@1":
    case "controlPlane.principal.enabled@1":
    case "controlPlane.owner.recovered@1":
    case "controlPlane.contract.drifted@1":
    case "controlPlane.trace.erased@1":
      return ["executor"]
    default:
      return assertNever(fact)
  }
}

/** Who pauses an execution for which cause; the executor does it for the kill switch alone. */
const pausers: { readonly [C in Payloads["controlPlane.execution.paused@1"]["because"]]: readonly Right[] } =
  {
    operator: ["core"],
    killSwitch: ["executor"],
    contractMissing: [],
    skillRecalled: [],
  }

/** What a command leaves in the same write: a cancel voids requests, one after the other, and a rejection blocks its step. */
function isLeftBy(before: RecordedFact | null, fact: Fact): boolean {
  if (before === null) return false
  const command = before.fact
  if (fact.kind === "controlPlane.approval.voided@1")
    return (
      fact.payload.because === "cancelled" &&
      (command.kind === "controlPlane.execution.cancelRequested@1" || command.kind === fact.kind)
    )
  return (
    fact.kind === "controlPlane.execution.step.blocked@1" &&
    command.kind === "controlPlane.approval.reviewed@1" &&
    command.payload.status === "rejected" &&
    !command.payload.late &&
    command.payload.approvalId === fact.payload.approvalId
  )
}

type Head = RecordedFact["head"]

/** True for entries of one write: one time, one fence, and in everything one writer. */
const isSameWrite = (a: Head, b: Head): boolean =>
  a.time === b.time &&
  a.fence === b.fence &&
  a.principal.id === b.principal.id &&
  a.onBehalfOf === b.onBehalfOf &&
  a.session === b.session &&
  a.traceparent === b.traceparent &&
  isSameSource(a.capabilitySource, b.capabilitySource)

const isSameSource = (a: Head["capabilitySource"], b: Head["capabilitySource"]): boolean =>
  a?.capability === b?.capability && a?.grantId === b?.grantId && a?.source === b?.source

/** The executor acts for the requester, by no session and no grant of its own, under the trace parent of the intent. */
function executorFault(asked: Head, recorded: RecordedFact): FoundFault {
  const { onBehalfOf, session, capabilitySource, traceparent } = recorded.head
  const no = (field: string, because: string) => wrong("APPROVAL", recorded, `/head/${field}`, because)
  const requester: PrincipalId = asked.principal.id
  if (onBehalfOf !== requester)
    return no("onBehalfOf", "the executor acts for the requester, and for no one else")
  if (session !== null) return no("session", "the executor has no session")
  if (capabilitySource !== null) return no("capabilitySource", "the executor acts by no grant of its own")
  return traceparent === asked.traceparent
    ? null
    : no("traceparent", "the executor writes under another trace parent than the intent's")
}

/** The caller of a command acts for no one else, by a grant of the command's capability. */
function commandFault(capability: string, recorded: RecordedFact): FoundFault {
  return recorded.head.onBehalfOf === null
    ? grantFault(capability, recorded)
    : wrong("APPROVAL", recorded, "/head/onBehalfOf", "a command is called for no one else")
}

function grantFault(capability: string, recorded: RecordedFact): FoundFault {
  const { capabilitySource } = recorded.head
  return capabilitySource === null ||
    (capabilitySource.capability === capability && capabilitySource.source === "grant")
    ? null
    : wrong("APPROVAL", recorded, "/head/capabilitySource", "it was written by a grant for something else")
}
