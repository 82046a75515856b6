// Who may write which entry (check 8): the executor, or who asked while it submits, but for what is commanded and what that leaves.
// Does not own: intents, plans, reviews, resolutions and starts, each of which has a rule of its own beside what else it has to be.

import type { Fact } from "@counterfoil/contracts"
import type { RecordedFact } from "@counterfoil/executor/core"
import { wrong, type Look, type Story } from "./story.ts"

/** What is wrong with the writer of an entry; `before` is the entry before it. */
export function authorFault(story: Story, before: RecordedFact | null, recorded: RecordedFact): Look {
  const { fact, head } = recorded
  const { id } = head.principal
  if (ruledElsewhere.has(fact.kind) || isCommand(story, fact) || id.startsWith("counterfoil.")) return null
  if (id === story.requester && head.time === story.askedAt && isOfSubmission(fact)) return null
  const isSameWrite = before?.head.principal.id === id && before.head.time === head.time
  return isSameWrite && isLeftBy(before.fact, fact)
    ? null
    : wrong("APPROVAL", recorded, "/head/principal/id", "only the executor writes such an entry here")
}

const ruledElsewhere: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>([
  "controlPlane.intent.received@1",
  "controlPlane.plan.compiled@1",
  "controlPlane.plan.rejected@1",
  "controlPlane.approval.reviewed@1",
  "controlPlane.execution.step.started@1",
  "controlPlane.execution.step.resolved@1",
])

/** What anyone may command who holds the right to, which no bundle shows. */
const isCommand = ({ startsByItself }: Story, fact: Fact): boolean =>
  fact.kind === "controlPlane.execution.cancelRequested@1" ||
  fact.kind === "controlPlane.execution.paused@1" ||
  (fact.kind === "controlPlane.execution.resumed@1" && fact.payload.cause !== "timer") ||
  (fact.kind === "controlPlane.execution.started@1" && !startsByItself)

/** What is due at once is written with the intent, by who asked: nothing that anything outside answered. */
function isOfSubmission(fact: Fact): boolean {
  if (
    fact.kind === "controlPlane.execution.step.completed@1" ||
    fact.kind === "controlPlane.execution.step.failed@1"
  )
    return fact.payload.source === "fanOut"
  return ofSubmission.has(fact.kind)
}

const ofSubmission: ReadonlySet<Fact["kind"]> = new Set<Fact["kind"]>([
  "controlPlane.policy.decided@1",
  "controlPlane.approval.requested@1",
  "controlPlane.execution.started@1",
  "controlPlane.execution.step.blocked@1",
  "controlPlane.execution.step.skipped@1",
  "controlPlane.execution.completed@1",
  "controlPlane.execution.failed@1",
])

/** What a command leaves in the same write: a cancel voids requests, one after the other, and a rejection blocks its step. */
function isLeftBy(command: Fact, fact: Fact): boolean {
  if (fact.kind === "controlPlane.approval.voided@1")
    return fact.payload.because === "cancelled" && (isCancel(command) || command.kind === fact.kind)
  return (
    fact.kind === "controlPlane.execution.step.blocked@1" &&
    command.kind === "controlPlane.approval.reviewed@1" &&
    command.payload.status === "rejected" &&
    !command.payload.late &&
    command.payload.approvalId === fact.payload.approvalId
  )
}

const isCancel = ({ kind }: Fact): boolean => kind === "controlPlane.execution.cancelRequested@1"
