// What an entry must be: one switch over all kinds.
// Owns: which kinds follow from the trace and which are facts of the outside. Does not own: the derivations.

import { assertNever, type Fact, type Payloads } from "@counterfoil/contracts"
import { control } from "@counterfoil/core"
import { derived, given, undue, type Derived, type EntryPlace } from "./derivation.ts"
import { deriveClosing, deriveEscalation, deriveRequest, deriveReview } from "./derive-approval.ts"
import { owedOrDue } from "./derive-due.ts"
import { deriveIntent, derivePlan, deriveRejection } from "./derive-plan.ts"
import { deriveCompletion, deriveDoubt, deriveFailure, deriveResolution, deriveStart } from "./derive-step.ts"
import { deriveVerdict } from "./derive-verdict.ts"

/** What this entry must be, or that it is a fact, not due, or not derivable here. */
export function deriveFact(fact: Fact, place: EntryPlace): Derived {
  const {
    execution,
    sources: { contracts },
  } = place
  switch (fact.kind) {
    case "controlPlane.intent.received@1":
      return deriveIntent(fact.payload, place.sources)
    case "controlPlane.plan.compiled@1":
      return derivePlan({ ...place, fact })
    case "controlPlane.plan.rejected@1":
      return deriveRejection({ ...place, fact })
    case "controlPlane.policy.decided@1":
      return deriveVerdict({ ...place, fact })
    case "controlPlane.approval.requested@1":
      return deriveRequest({ ...place, fact })
    case "controlPlane.approval.reviewed@1":
      return deriveReview({ ...place, fact })
    case "controlPlane.approval.escalated@1":
      return deriveEscalation({ ...place, fact })
    case "controlPlane.approval.expired@1":
    case "controlPlane.approval.voided@1":
      return deriveClosing({ ...place, fact })
    case "controlPlane.execution.step.started@1":
      return deriveStart({ ...place, fact })
    case "controlPlane.execution.step.completed@1":
      return deriveCompletion({ ...place, fact })
    case "controlPlane.execution.step.failed@1":
      return deriveFailure({ ...place, fact })
    case "controlPlane.execution.step.inDoubt@1":
      return deriveDoubt({ ...place, fact })
    case "controlPlane.execution.step.resolved@1":
      return deriveResolution({ ...place, fact })
    case "controlPlane.execution.step.blocked@1":
      return isRejectedElsewhere(fact.payload, place) ? given : owedOrDue(fact, place)
    case "controlPlane.execution.step.skipped@1":
    case "controlPlane.execution.step.undone@1":
    case "controlPlane.execution.cancelled@1":
    case "controlPlane.execution.completed@1":
    case "controlPlane.execution.failed@1":
      return owedOrDue(fact, place)
    case "controlPlane.execution.started@1": {
      const { planDigest, minimumMode } = fact.payload
      if (execution.intent.start === "auto") return owedOrDue(fact, place)
      const started = commanded(control(execution, { kind: "start", planDigest }, contracts.lookup))
      // A start by hand may ask for more care than the intent did, never for less: that is a fact.
      return started.kind === "derived" && started.fact.kind === fact.kind
        ? derived({
            kind: fact.kind,
            payload: {
              ...started.fact.payload,
              minimumMode: execution.minimumMode === "assist" ? "assist" : minimumMode,
            },
          })
        : started
    }
    case "controlPlane.execution.cancelRequested@1":
      return commanded(
        control(
          execution,
          { kind: "cancel", reason: fact.payload.reason, undo: fact.payload.undo },
          contracts.lookup,
        ),
      )
    case "controlPlane.execution.paused@1":
      return commanded(
        control(
          execution,
          {
            kind: "pause",
            because: fact.payload.because,
            reason: fact.payload.reason,
            until: fact.payload.until ?? null,
          },
          contracts.lookup,
        ),
      )
    case "controlPlane.execution.resumed@1": {
      const { cause, reason, stepId } = fact.payload
      if (cause === "timer") return owedOrDue(fact, place)
      if (cause === "operator")
        return commanded(control(execution, { kind: "resume", reason: reason ?? null }, contracts.lookup))
      return stepId === undefined
        ? undue("a retry names its step")
        : commanded(control(execution, { kind: "retry", stepId, reason: reason ?? "" }, contracts.lookup))
    }
    case "controlPlane.policy.activated@1":
    case "controlPlane.grant.given@1":
    case "controlPlane.grant.revoked@1":
    case "controlPlane.principal.added@1":
    case "controlPlane.principal.disabled@1":
    case "controlPlane.principal.enabled@1":
    case "controlPlane.owner.recovered@1":
    case "controlPlane.contract.drifted@1":
    case "controlPlane.trace.erased@1":
      // What a governing command announces follows from its input and output: its completion owes it.
      return place.owed.some(({ kind }) => kind === fact.kind)
        ? owedOrDue(fact, place)
        : undue("no governing command completed just before")
    default:
      return assertNever(fact)
  }
}

// A step that was about to ask people is blocked instead, because a person rejected the same in another trace: that is a fact.
const isRejectedElsewhere = (
  { reason, approvalId, stepId }: Payloads["controlPlane.execution.step.blocked@1"],
  { execution, due }: Pick<EntryPlace, "execution" | "due">,
): boolean =>
  reason === "approvalRejected" &&
  approvalId !== undefined &&
  execution.approvals.every((approval) => approval.approvalId !== approvalId) &&
  due.some((work) => work.kind === "request" && work.level === 0 && work.question.stepId === stepId)

// That a caller gave a command is a fact; the entries that it leaves in the trace are derived.
function commanded(answer: ReturnType<typeof control>): Derived {
  if (!answer.ok) return undue(`the command is refused: ${answer.error.code}`)
  const [first, ...rest] = answer.value
  return first === undefined ? undue("the command had nothing left to do") : derived(first, ...rest)
}
