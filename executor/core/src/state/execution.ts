// The folded state of one execution: everything that deciding what comes next needs, and nothing that is not in its trace.
// Owns: the nouns. Does not own: how they change (evolve.ts) or what follows from them (next-work.ts).

import type {
  ApprovalId,
  ApprovalStatement,
  ApprovalStatus,
  Ask,
  Assurance,
  BlockReason,
  Channel,
  ContractPin,
  Digest,
  DoubtCause,
  EntryHead,
  EntryKind,
  Environment,
  ExecutionId,
  ExecutionStatus,
  Fact,
  Fallback,
  HumanId,
  IdempotencyKey,
  IntentId,
  Json,
  Obligations,
  Origin,
  Payloads,
  Plan,
  PlanId,
  PlanStep,
  PreviewLine,
  PrincipalId,
  QuorumState,
  StepId,
  StepKey,
  StepRole,
  StepStatus,
  TenantId,
  Tier,
  Time,
  TraceHead,
  VerdictCore,
  WorkerId,
  VoidCause,
} from "@counterfoil/contracts"

/** One fact with its place in a trace, as `evolve` reads it. */
export interface RecordedFact {
  readonly fact: Fact
  readonly head: EntryHead
  readonly hash: Digest
}

/** Why an entry cannot follow: nothing may be written. Ids, enums and numbers only. */
export interface IllegalEntry {
  readonly kind: EntryKind
  readonly seq: number
  readonly because: string
  readonly status: ExecutionStatus | StepStatus | ApprovalStatus | "none"
}

/** One run of one plan. Steps in plan order, instances behind their fan-out by index, undo steps last in reverse plan order. */
export interface Execution {
  readonly executionId: ExecutionId
  readonly tenant: TenantId
  readonly environment: Environment
  readonly head: TraceHead
  readonly createdAt: Time
  readonly updatedAt: Time
  readonly intent: IntentFacts
  readonly life: Life
  readonly plan: PlanFacts | null
  readonly steps: readonly Step[]
  /** In the order in which they were opened. */
  readonly approvals: readonly Approval[]
  readonly minimumMode: "autonomous" | "assist"
  readonly startedAt: Time | null
  readonly pause: Pause | null
  readonly cancel: CancelFacts | null
  /** Failures up to this entry were given another chance by a retry; 0 before the first. */
  readonly reopenedSeq: number
}

/** What the intent said, for as long as the execution lives. */
export type IntentFacts = Omit<
  Payloads["controlPlane.intent.received@1"],
  "keyDigest" | "registryDigest" | "runtime"
> & {
  readonly principal: PrincipalId
  readonly onBehalfOf: PrincipalId | null
  /** W3C trace context of the request that asked; entries about its work carry it on. */
  readonly traceparent: string | null
  readonly as: Ask
  readonly intentId: IntentId
  readonly channel: Channel
  readonly assurance: Assurance
}

/** The recorded part of an execution's status; the rest is derived from its steps (execution-status.ts). */
export type Life =
  | { readonly at: "received" }
  | { readonly at: "planned" }
  | { readonly at: "started" }
  | {
      readonly at: "rejected"
      readonly endedAt: Time
      readonly rejections: Payloads["controlPlane.plan.rejected@1"]["rejections"]
    }
  | { readonly at: "cancelled"; readonly endedAt: Time; readonly undone: readonly StepId[] }
  | {
      readonly at: "completed"
      readonly endedAt: Time
      readonly output: Json | null
      readonly outputDigest: Digest | null
    }
  | {
      readonly at: "failed"
      readonly endedAt: Time
      readonly failure: StepFailure
      readonly undone: readonly StepId[]
    }

/** Why a step or an execution failed. */
export type StepFailure = Payloads["controlPlane.execution.failed@1"]["failure"]

/** The plan of an execution, and what came with it. */
export interface PlanFacts {
  readonly plan: Plan
  readonly planId: PlanId
  readonly planDigest: Digest
  readonly origin: Origin
  readonly author: PrincipalId
  readonly onFailure: "stop" | "undo"
  /** After it no step starts. */
  readonly deadline: Time
}

/** Why and how long nothing new starts. */
interface Pause {
  readonly because: Payloads["controlPlane.execution.paused@1"]["because"]
  readonly reason: string
  readonly since: Time
  readonly until: Time | null
  /** The pause that this one covers; it is put back when this one is lifted. */
  readonly covers: TimedPause | null
}

/** A pause that would end by itself at its time. */
export type TimedPause = Omit<Pause, "since" | "until" | "covers"> & { readonly until: Time }

/** Why it was cancelled, and whether finished steps are undone. */
interface CancelFacts {
  readonly reason: string
  readonly undo: "none" | "completed"
  readonly since: Time
}

/** One contract invocation of the plan: a plain step, a fan-out, one instance of it, or the undo of one of these. */
export interface Step {
  readonly stepId: StepId
  readonly key: StepKey
  /** The index of an instance; null for plain steps and fan-outs. */
  readonly index: number | null
  readonly role: StepRole
  /** Its number in `plan.steps`. */
  readonly place: number
  readonly planStep: PlanStep
  readonly generation: number
  readonly state: StepState
  /** The newest binding verdict of this generation. */
  readonly verdict: BoundVerdict | null
  /** The verdict of the preview, for lists; it decides nothing. */
  readonly preview: BoundVerdict | null
  readonly tries: Tries
  /** What was sent last in this generation. */
  readonly sent: Sent | null
  /** Number of instances of a fan-out once its array is known; null before, and for every other step. */
  readonly spread: number | null
}

/** The attempts of one generation. `uncertain`: it is unknown whether one of them took effect. */
export interface Tries {
  readonly started: number
  readonly firstStartedAt: Time | null
  readonly uncertain: boolean
}

/** What was sent with the last `step.started`. */
export interface Sent {
  readonly contract: ContractPin
  readonly input: Json
  readonly inputDigest: Digest
  readonly idempotencyKey: IdempotencyKey
  readonly approvalId: ApprovalId | null
  readonly verdictDigest: Digest
  readonly startedAt: Time
  readonly deadline: Time
}

/** The state of a step; only `evolve` makes one. */
export type StepState =
  | { readonly status: "pending" }
  | { readonly status: "ready" }
  | { readonly status: "held"; readonly approvalId: ApprovalId }
  | { readonly status: "cleared" }
  | {
      readonly status: "running"
      readonly attempt: number
      readonly startedAt: Time
      readonly deadline: Time
      readonly worker: WorkerId
    }
  | {
      readonly status: "retrying"
      readonly attempt: number
      readonly retryAt: Time
      readonly error: StepFailure
    }
  | {
      readonly status: "inDoubt"
      readonly attempt: number
      readonly since: Time
      readonly because: DoubtCause
    }
  | Completed
  | { readonly status: "failed"; readonly error: StepFailure; readonly seq: number }
  | {
      readonly status: "blocked"
      readonly reason: BlockReason
      readonly message: string
      readonly approvalId: ApprovalId | null
      readonly seq: number
    }
  | {
      readonly status: "skipped"
      readonly because: Payloads["controlPlane.execution.step.skipped@1"]["because"]
    }
  /** `seq` is still that of its completion: undone or not, it happened then. */
  | { readonly status: "undone"; readonly output: Json; readonly undoStepId: StepId; readonly seq: number }

/** A step that happened, with its output. */
export type Completed = {
  readonly status: "completed"
  readonly output: Json
  readonly outputDigest: Digest
  readonly source: "handler" | "probe" | "fanOut" | "person"
  readonly at: Time
  readonly seq: number
  readonly durationMs: number
  readonly providerRef: string | null
}

/** A verdict as a step is bound to it. */
export interface BoundVerdict {
  readonly digest: Digest
  readonly core: VerdictCore
  readonly policySetDigest: Digest
  readonly at: Time
  /** The people behind the members of the chain, as the directory had them when it was decided; sorted. */
  readonly behind: readonly HumanId[]
}

/** One approval request with its reviews. */
export interface Approval {
  readonly approvalId: ApprovalId
  readonly approvalDigest: Digest
  readonly statement: ApprovalStatement
  readonly stepId: StepId
  readonly key: StepKey
  readonly index: number | null
  readonly role: StepRole
  readonly generation: number
  readonly tier: Tier
  readonly obligations: Obligations
  readonly reasons: Payloads["controlPlane.approval.requested@1"]["reasons"]
  readonly preview: readonly PreviewLine[]
  readonly previewDigest: Digest
  readonly excluded: readonly PrincipalId[]
  readonly requestedAt: Time
  readonly expiresAt: Time
  readonly fallback: Fallback
  readonly level: number
  readonly supersedes: ApprovalId | null
  readonly state: ApprovalState
  readonly quorum: QuorumState
  /** Every answer that counted when it was given, in order; late ones are in the trace alone. */
  readonly reviews: readonly ReviewRecord[]
}

/** The state of an approval request. */
export type ApprovalState =
  | { readonly status: "open" }
  | { readonly status: "approved"; readonly notBefore: Time }
  | { readonly status: "voided"; readonly at: Time; readonly because: VoidCause }
  | { readonly status: "rejected" | "expired" | "escalated" | "consumed"; readonly at: Time }

/** A review with the time at which it was given. */
export type ReviewRecord = Payloads["controlPlane.approval.reviewed@1"] & { readonly at: Time }
