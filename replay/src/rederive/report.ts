// What a replay answers: identical, divergent or unverifiable, with the first place where derived and recorded differ.
// Owns: the form of a report. Does not own: finding anything (rederive.ts), words (explain-report.ts).
// Unverifiable never counts as identical: what could not be derived was not shown.

import type { ExecutionId, Json } from "@counterfoil/contracts"

/** Which part of an execution a derivation is about. */
export type ReplayStage = "plan" | "policy" | "approval" | "state"

/** The result of a stage. `notReached`: nothing of it was recorded, or what it follows from diverged. */
export type StageResult = "identical" | "divergent" | "unverifiable" | "notReached"

/** The place where derived and recorded differ. `at` points into the payload; for a verdict, into the verdict. */
export interface Divergence {
  readonly seq: number
  readonly kind: string
  readonly stepKey: string | null
  readonly stage: ReplayStage
  readonly at: string
  readonly recorded: Json
  readonly derived: Json
  readonly because: string
  readonly fix: string
}

/** Why something could not be derived: its payload is gone, its code, contract or policy text is not here, or the engine is another. */
export type UnverifiableReason = "erased" | "code" | "contract" | "policy" | "engine" | "grants" | "bounds"

/** One derivation that was not made. `what` names what is missing. */
export interface Unverifiable {
  readonly seq: number
  readonly stage: ReplayStage
  readonly reason: UnverifiableReason
  readonly what: string
}

/** The answer of a replay. `others` are later divergences; `follows` is the seq of the earlier one that they come from. */
export interface ReplayReport {
  readonly format: "counterfoil.divergence/1"
  readonly executionId: ExecutionId
  readonly result: "identical" | "divergent" | "unverifiable"
  readonly engine: "recorded" | "current"
  readonly checked: {
    readonly entries: number
    readonly plan: StageResult
    readonly verdicts: StageResult
    readonly approvals: StageResult
    readonly state: StageResult
  }
  readonly counts: { readonly verdicts: number; readonly approvals: number }
  readonly first: Divergence | null
  readonly others: readonly { readonly seq: number; readonly at: string; readonly follows: number | null }[]
  readonly unverifiable: readonly Unverifiable[]
  /** Replay has no handler, channel or network to call: always 0, and said so. */
  readonly sideEffects: 0
}
