// The last check before an attempt leaves: verdict and approval still hold, under the row lock.
// Owns: what is written, in which order, and whether the handler may be called. Does not own: the lock, the directory, policy.
// Keeps INV-01 (the start is journaled first) and INV-02 (no start without the verdict and the approval that it names).

import {
  addMs,
  invariant,
  type Digest,
  type Fact,
  type HumanId,
  type ReviewId,
  type Time,
  type WorkerId,
} from "@counterfoil/contracts"
import type { TallyReviews } from "@counterfoil/contracts/ports"
import { isLive } from "../state/approval-status.ts"
import type { Approval, Execution } from "../state/execution.ts"
import { decidedFacts, type Decided } from "./policy-question.ts"
import { voidedFact, withdrawalFacts } from "./review.ts"
import type { Dispatch, Facts1 } from "./work.ts"

/** What the shell read under the lock. */
export interface SeenUnderLock {
  readonly now: Time
  readonly worker: WorkerId
  /** A fresh answer of policy; null only when `decideAgain` is false and the policy set is still the one that decided. */
  readonly decided: Decided | null
  /** Reviewers whose role, grant or account is gone, with a fresh id for the withdrawal of each. */
  readonly gone: readonly { readonly human: HumanId; readonly reviewId: ReviewId }[]
  readonly tally: TallyReviews
}

/** The verdict and the approval that a start relies on. */
export interface StartedUnder {
  readonly now: Time
  readonly worker: WorkerId
  readonly verdictDigest: Digest
  readonly approval: Approval | null
}

/** `start`: write, then call. `append`: write, nothing is called. */
export type Consumption = { readonly kind: "start" | "append"; readonly facts: Facts1 }

/** What to write for a dispatch that is due: its start, or why it does not start. */
export function consume(execution: Execution, dispatch: Dispatch, seen: SeenUnderLock): Consumption {
  const step = execution.steps.find(({ stepId }) => stepId === dispatch.question.stepId)
  invariant(step !== undefined && step.verdict !== null, "INV-02", { stepId: dispatch.question.stepId })
  const approval = execution.approvals.find(({ approvalId }) => approvalId === dispatch.approvalId) ?? null
  const { decided } = seen
  invariant(decided !== null || !dispatch.decideAgain, "INV-02", { stepId: step.stepId })
  if (decided !== null && decided.verdictDigest !== step.verdict.digest)
    return changed(dispatch, approval, decided)
  // A retry relies on the approval that its first attempt consumed; its reviewers were checked then.
  if (approval !== null && isLive(approval)) {
    const counted = seen.gone.filter(({ human }) => approval.quorum.met.some((slot) => slot.human === human))
    const [first, ...rest] = withdrawalFacts(approval, counted, seen)
    if (first !== undefined) return { kind: "append", facts: [first, ...rest] }
  }
  const started = startedFact(dispatch, {
    now: seen.now,
    worker: seen.worker,
    verdictDigest: step.verdict.digest,
    approval,
  })
  if (decided === null) return { kind: "start", facts: [started] }
  return {
    kind: "start",
    facts: [...decidedFacts({ ...dispatch.question, phase: "consumption" }, decided), started],
  }
}

// The verdict has changed: an approval under the old one no longer counts.
function changed(dispatch: Dispatch, approval: Approval | null, decided: Decided): Consumption {
  const [verdict, ...block] = decidedFacts(dispatch.question, decided)
  return {
    kind: "append",
    facts:
      approval !== null && isLive(approval)
        ? [voidedFact(approval, "policyChanged"), verdict, ...block]
        : [verdict, ...block],
  }
}

/** The start of an attempt, under the verdict and the approval that its step is bound to. */
export function startedFact(
  dispatch: Dispatch,
  { now, worker, verdictDigest, approval }: StartedUnder,
): Fact {
  const { question, contract, attempt, input, inputDigest, idempotencyKey } = dispatch
  return {
    kind: "controlPlane.execution.step.started@1",
    payload: {
      ...(approval === null
        ? {}
        : { approvalDigest: approval.approvalDigest, approvalId: approval.approvalId }),
      attempt,
      contract: contract.pin,
      deadline: addMs(now, contract.deadlineMs),
      effect: contract.effect,
      generation: question.generation,
      idempotencyKey,
      ...(question.index === null ? {} : { index: question.index }),
      input,
      inputDigest,
      key: question.key,
      reviewIds: approval === null ? [] : countedReviews(approval),
      role: question.role,
      stepId: question.stepId,
      verdictDigest,
      worker,
    },
  }
}

const countedReviews = (approval: Approval): readonly ReviewId[] =>
  approval.reviews
    .filter(
      ({ decision, human }) =>
        decision === "approve" && approval.quorum.met.some((slot) => slot.human === human),
    )
    .map(({ reviewId }) => reviewId)
