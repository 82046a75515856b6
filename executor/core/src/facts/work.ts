// What there is to do for an execution, as data. The shell has one switch over it and decides nothing.
// Owns: the kinds of work. Does not own: when each is due (next-work.ts).

import type { ApprovalId, Digest, Fact, IdempotencyKey, Json, StepId, Time } from "@counterfoil/contracts"
import type { PolicyQuestion } from "./policy-question.ts"
import type { StepContract } from "../state/step-call.ts"

/** One thing to do. */
export type Work =
  /** Facts that follow from the trace and the time alone: write them. */
  | { readonly kind: "append"; readonly facts: Facts1 }
  /** No plan yet: interpret and compile, write `plan.compiled` or `plan.rejected`. */
  | { readonly kind: "compile" }
  /** Ask policy, write `decidedFacts`. */
  | { readonly kind: "decide"; readonly question: PolicyQuestion }
  | Request
  | Dispatch
  /** Ask the handler's probe about an attempt without outcome, write `probeFacts`. */
  | { readonly kind: "probe"; readonly attempt: SentAttempt }

/** One or more facts, in order. */
export type Facts1 = readonly [Fact, ...Fact[]]

/** Open an approval request: mint ids and a nonce, write `requestFacts`. */
export interface Request {
  readonly kind: "request"
  readonly question: PolicyQuestion
  readonly input: Json
  readonly idempotencyKey: IdempotencyKey
  readonly level: number
  /** The request that was not answered in time; null for the first one. */
  readonly supersedes: ApprovalId | null
}

/** Start an attempt: check again under the lock (`consume`), write `step.started`, call the handler, write `outcomeFacts`. */
export interface Dispatch {
  readonly kind: "dispatch"
  readonly question: PolicyQuestion
  readonly contract: StepContract
  readonly attempt: number
  readonly input: Json
  readonly inputDigest: Digest
  readonly idempotencyKey: IdempotencyKey
  readonly approvalId: ApprovalId | null
  /** True when the verdict is too old, or an approval is consumed: policy is asked again before the start. */
  readonly decideAgain: boolean
}

/** An attempt that was sent, as its probe receives it. */
export interface SentAttempt {
  readonly stepId: StepId
  readonly contract: StepContract
  readonly attempt: number
  readonly input: Json
  readonly idempotencyKey: IdempotencyKey
  readonly startedAt: Time
}

/** What is due now, sorted by plan order then index, and when to look again if nothing is written before. */
export interface Outlook {
  readonly work: readonly Work[]
  /** Now when there is work; null when only a person can move the execution, or nothing can. */
  readonly wakeAt: Time | null
}
