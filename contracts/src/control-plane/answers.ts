// Output shapes that several control-plane contracts share.
// Owns: `Submitted`, pages, execution and queue items. Does not own: the inputs (each contract's own file).

import { z } from "zod"
import { PreviewLine, QuorumState, ReviewToken } from "../approval/approval.ts"
import { PlanRejection } from "../plan/draft.ts"
import { Failure, StepCounts } from "../trace/facts.ts"
import { TraceHead } from "../trace/entry.ts"
import { Obligations } from "../policy/verdict.ts"
import {
  AnyJson,
  ApprovalId,
  ApprovalStatus,
  BlockReason,
  Channel,
  ContractPin,
  ContractRef,
  Cursor,
  Decision,
  Digest,
  EffectClass,
  ExecutionId,
  ExecutionStatus,
  Fallback,
  IdempotencyKey,
  IntentId,
  Label,
  Mode,
  Origin,
  PauseCause,
  PlanId,
  PrincipalId,
  RecordWord,
  RoleName,
  RuleId,
  Seq,
  StepId,
  StepKey,
  StepRole,
  StepStatus,
  Tier,
  Time,
  Version,
  VoidCause,
  type Immutable,
} from "../primitives.ts"

/** Fields of every page: where the next one starts, and when this one was read. */
export const pageFields = { nextCursor: Cursor.optional(), asOf: Time }
export const pageInput = { cursor: Cursor.optional(), limit: z.int().min(1).max(200).optional() }
/** Items of a page when the caller does not say. */
export const pageLimitDefault = 50

/**
 * A step that waits for people: who is asked, how many have agreed, and until when. `status` is that of its request now:
 * one whose time is over is `expired` at once. `role` is there for the undo of a step.
 */
export const HeldStep = z.strictObject({
  approvalId: ApprovalId,
  status: ApprovalStatus.optional(),
  role: StepRole.optional(),
  stepId: StepId,
  key: StepKey,
  contract: ContractRef,
  tier: Tier,
  needed: z.array(z.strictObject({ role: RoleName, count: z.int() })),
  answered: z.int(),
  expiresAt: Time,
})
export type HeldStep = Immutable<z.infer<typeof HeldStep>>

/** A step that will not run. `says` is the person's reason where a person said no. */
export const BlockedStep = z.strictObject({
  stepId: StepId,
  key: StepKey,
  index: z.int().optional(),
  contract: ContractRef,
  reason: BlockReason,
  says: z.string().max(600),
})
export type BlockedStep = Immutable<z.infer<typeof BlockedStep>>

/** A step that took effect outside, undone or not; an undo is one more. `seq` is the entry that says so. */
export const Happened = z.strictObject({
  stepId: StepId,
  key: StepKey,
  index: z.int().optional(),
  role: StepRole,
  contract: ContractRef,
  seq: Seq,
})
export type Happened = Immutable<z.infer<typeof Happened>>

/** The fields of every record that describe its progress, beside its status; answer-of.ts makes the answer from them. */
const standing = {
  /** Where to read the record; approvers sign in there. */
  url: z.string().max(600),
  held: z.array(HeldStep),
  /** Present when there is such a step. */
  blocked: z.array(BlockedStep).optional(),
  /** In the order of the trace; present when the record is final. */
  happened: z.array(Happened).optional(),
  rejections: z.array(PlanRejection).optional(),
  output: AnyJson.optional(),
  failure: Failure.optional(),
  cancelReason: z.string().max(600).optional(),
}

/** The state of a submission: every call that reads it returns the same record. */
export const Submitted = z.strictObject({
  executionId: ExecutionId,
  intentId: IntentId,
  status: ExecutionStatus,
  version: Version,
  duplicate: z.boolean(),
  receivedAt: Time,
  planId: PlanId.optional(),
  planDigest: Digest.optional(),
  stepCount: z.int().optional(),
  tier: Tier.optional(),
  mode: Mode.optional(),
  requiresApproval: z.boolean(),
  ...standing,
  head: TraceHead,
})
export type Submitted = Immutable<z.infer<typeof Submitted>>

/** One step as people and agents see it. */
export const StepView = z.strictObject({
  stepId: StepId,
  key: StepKey,
  index: z.int().optional(),
  role: StepRole,
  contract: ContractPin,
  effect: EffectClass,
  tier: Tier,
  mode: Mode.optional(),
  status: StepStatus,
  generation: z.int(),
  attempt: z.int(),
  idempotencyKey: IdempotencyKey.optional(),
  inputDigest: Digest.optional(),
  outputDigest: Digest.optional(),
  blockReason: BlockReason.optional(),
  approvalId: ApprovalId.optional(),
  failure: Failure.optional(),
  output: AnyJson.optional(),
})
export type StepView = Immutable<z.infer<typeof StepView>>

/** One execution, whole. `plan`, `steps` and `output` come when asked for. */
export const ExecutionView = z.strictObject({
  executionId: ExecutionId,
  intentId: IntentId,
  planId: PlanId.optional(),
  planDigest: Digest.optional(),
  environment: z.string(),
  requester: PrincipalId,
  onBehalfOf: PrincipalId.optional(),
  channel: Channel,
  origin: Origin.optional(),
  contract: ContractRef.optional(),
  status: ExecutionStatus,
  waitingFor: z.array(z.enum(["approval", "timer"])),
  version: Version,
  head: TraceHead,
  tier: Tier.optional(),
  mode: Mode.optional(),
  requiresApproval: z.boolean(),
  labels: z.array(Label),
  createdAt: Time,
  startedAt: Time.optional(),
  updatedAt: Time,
  endedAt: Time.optional(),
  deadline: Time.optional(),
  /** There while it is paused: what paused it, since when, and until when where that was said. */
  paused: z.strictObject({ because: PauseCause, since: Time, until: Time.optional() }).optional(),
  stepCounts: StepCounts,
  pendingApprovals: z.int(),
  inDoubt: z.int(),
  ...standing,
  plan: AnyJson.optional(),
  steps: z.array(StepView).optional(),
  tree: z.string().optional(),
})
export type ExecutionView = Immutable<z.infer<typeof ExecutionView>>

/** One execution in a list. */
export const ExecutionItem = z.strictObject({
  executionId: ExecutionId,
  status: ExecutionStatus,
  /** The one word for its state, used on every surface (`recordWord`): `status`, or what it waits for, or its outcome. */
  word: RecordWord.optional(),
  waitingFor: z.array(z.enum(["approval", "timer"])),
  tier: Tier.optional(),
  mode: Mode.optional(),
  contract: ContractRef.optional(),
  /** The values of its input on one line, where they were asked for and are there. */
  subject: z.string().max(2_000).optional(),
  requester: PrincipalId,
  channel: Channel,
  stepCounts: StepCounts,
  pendingApprovals: z.int(),
  inDoubt: z.int(),
  createdAt: Time,
  updatedAt: Time,
})

/** One request in the queue. `canReview` says whether the caller may review it, with the reason when not. */
export const ApprovalItem = z.strictObject({
  approvalId: ApprovalId,
  approvalDigest: Digest,
  planDigest: Digest,
  inputDigest: Digest,
  previewDigest: Digest,
  executionId: ExecutionId,
  stepId: StepId,
  stepKey: StepKey,
  /** There for the undo of a step. */
  role: StepRole.optional(),
  contract: ContractPin,
  effect: EffectClass,
  irreversible: z.boolean(),
  tier: Tier,
  status: ApprovalStatus,
  /** Why a request is void; there for one that is, until its payloads are erased. */
  voidedBecause: VoidCause.optional(),
  requester: PrincipalId,
  onBehalfOf: PrincipalId.optional(),
  requestedAt: Time,
  notBefore: Time.optional(),
  expiresAt: Time,
  fallback: Fallback,
  level: z.int(),
  obligations: Obligations,
  quorum: QuorumState,
  reviewTokens: z.array(ReviewToken).optional(),
  reasons: z.array(z.strictObject({ ruleId: RuleId, text: z.string() })),
  preview: z.array(PreviewLine),
  canReview: z.strictObject({ allowed: z.boolean(), because: z.string().optional() }),
  /** True when the contract that it is bound to is not the one in force: a yes would not let the step run. */
  contractChanged: z.boolean().optional(),
  bulkKey: Digest,
})
export type ApprovalItem = Immutable<z.infer<typeof ApprovalItem>>

/** The verdict that a step would get, as `plan.verify` lists it. `open` steps wait for values of earlier ones. */
export const StepForecast = z.strictObject({
  stepId: StepId,
  key: StepKey,
  contract: ContractPin,
  open: z.boolean(),
  decision: Decision.optional(),
  tier: Tier,
  mode: Mode.optional(),
  obligations: Obligations.optional(),
  reasons: z.array(z.string()),
  blockReason: BlockReason.optional(),
})
export type StepForecast = Immutable<z.infer<typeof StepForecast>>
