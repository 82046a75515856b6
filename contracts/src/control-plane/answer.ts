// The outcome of an intent, as its requester receives it: one shape on every channel.
// Owns: the union, and what each kind carries. Does not own: which record gives which answer (answer-of.ts), nor any channel.
// "No" and "not yet" are answers; a channel reports an error only when the outcome cannot be known.

import type { FailureCode } from "../trace/failures.ts"
import type { Problem } from "../errors/problem.ts"
import type { Json } from "../json/json.ts"
import type { PlanRejection } from "../plan/draft.ts"
import type { BlockReason, ExecutionId } from "../primitives.ts"
import type { Happened, HeldStep } from "./answers.ts"

/** Which execution an answer is about. `duplicate`: an earlier call with the same key made it. */
export interface Known {
  readonly executionId: ExecutionId
  readonly duplicate: boolean
}

/** Whether asking again makes sense: only for something else, or for the same at another time. Each with a new key. */
export type Resubmit = "afterChange" | "later"

/** It is done. `happened` is in the order of the trace. */
export type CompletedAnswer<Output> = Known & {
  readonly kind: "completed"
  readonly output: Output
  readonly happened: readonly Happened[]
}

/** A person has to decide; no held step has had an effect. `url` shows the execution to people who may sign in there. */
export type HeldAnswer = Known & {
  readonly kind: "held"
  readonly approvals: readonly HeldStep[]
  readonly url: string
  readonly retryAfterMs: number
}

/** Not final: work goes on, or a step may have taken effect and a person has to check. */
export type PendingAnswer = Known & {
  readonly kind: "working" | "inDoubt"
  readonly retryAfterMs: number
}

/** The draft or input did not compile to a plan. */
export type PlanRejectedAnswer = Known & {
  readonly kind: "planRejected"
  readonly rejections: readonly PlanRejection[]
}

/** Over, and not done as a whole. `reason` is *untrusted* text where a person or a provider wrote it. */
export type EndedAnswer = Known & {
  readonly kind: "denied" | "reviewRejected" | "expired" | "failed" | "cancelled"
  readonly code: FailureCode | BlockReason
  readonly reason: string
  readonly resubmit: Resubmit
  readonly happened: readonly Happened[]
}

/** It never became an intent. */
export interface RefusedAnswer {
  readonly kind: "refused"
  readonly problem: Problem
}

/** The answer that a record gives; every kind but `refused`, which has no record. */
export type RecordAnswer<Output = Json> =
  | CompletedAnswer<Output>
  | HeldAnswer
  | PendingAnswer
  | PlanRejectedAnswer
  | EndedAnswer

/** The outcome of an intent. */
export type Answer<Output = Json> = RecordAnswer<Output> | RefusedAnswer
