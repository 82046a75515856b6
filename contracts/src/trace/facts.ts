// The facts that a trace can hold: one payload schema for each entry kind.
// Owns: the shapes, and the union that `evolve` switches over. Does not own: their titles and goals (control-plane/events.ts).
// A payload does not repeat the fields of its entry's head (time, principal, tenant).

import { z } from "zod"
import type { JsonObject } from "../json/json.ts"
import { ContractDrift } from "../rollout/contract-drift.ts"
import {
  ApprovalStatement,
  PreviewLine,
  QuorumState,
  SignedReview,
  TokenOrigin,
} from "../approval/approval.ts"
import { Fault } from "../errors/fault.ts"
import { PlanDraft, PlanRejection } from "../plan/draft.ts"
import { Plan } from "../plan/plan.ts"
import { DecisionPhase, Obligations, Verdict } from "../policy/verdict.ts"
import { ChainMember, GrantScope, PolicyRequest } from "../policy/request.ts"
import { ModeMap, PolicyText } from "../policy/policy-source.ts"
import {
  AnyJson,
  ApprovalId,
  ApprovalStatus,
  Assurance,
  BlockReason,
  CallbackId,
  CapabilityName,
  Channel,
  ContractPin,
  ContractRef,
  Digest,
  DoubtCause,
  EffectClass,
  ExecutionId,
  Fallback,
  GrantId,
  HumanId,
  IdempotencyKey,
  IntentId,
  Label,
  LongReason,
  Origin,
  PauseCause,
  PlanId,
  PrincipalId,
  PrincipalKind,
  Reason,
  ReasonCode,
  ReviewDecision,
  ReviewId,
  RoleName,
  RuleId,
  SemVer,
  StepId,
  StepKey,
  StepRole,
  Tier,
  Time,
  VoidCause,
  WorkerId,
  text,
  type Immutable,
} from "../primitives.ts"
import { invariant } from "../result.ts"

/** Why a step or an execution failed; never text from outside but a bounded provider code. */
export const Failure = z.strictObject({
  code: z.string().max(64),
  message: text(500),
  retryable: z.boolean(),
  providerCode: z.string().max(100).optional(),
  detailsDigest: Digest.optional(),
})
export type Failure = Immutable<z.infer<typeof Failure>>

/** Steps by how they ended; `open` is everything that has not. */
export const StepCounts = z.strictObject({
  total: z.int(),
  completed: z.int(),
  failed: z.int(),
  blocked: z.int(),
  skipped: z.int(),
  undone: z.int(),
  inDoubt: z.int(),
  open: z.int(),
})
export type StepCounts = Immutable<z.infer<typeof StepCounts>>

/** What an intent asks for, as it came in: a contract with input, a draft, or text. */
export const Ask = z.union([
  z.strictObject({ contract: ContractRef, input: AnyJson }),
  z.strictObject({ draft: AnyJson }),
  z.strictObject({ text: text(8_192, 1), language: z.string().max(20).optional() }),
])
export type Ask = Immutable<z.infer<typeof Ask>>

/** What a person looked at before settling a step in doubt. */
export const Evidence = z.strictObject({
  kind: z.enum(["providerRecord", "receipt", "statement", "probe"]),
  ref: text(500, 1),
  digest: Digest.optional(),
})

const stepFields = {
  stepId: StepId,
  key: StepKey,
  index: z.int().min(0).optional(),
  generation: z.int().min(0),
}

/** The payload schema of every entry kind. */
export const payloads = {
  "controlPlane.intent.received@1": z.strictObject({
    intentId: IntentId,
    as: Ask,
    contract: ContractPin.optional(),
    keyDigest: Digest,
    channel: Channel,
    assurance: Assurance,
    requesterChain: z.array(ChainMember),
    labels: z.array(Label),
    metadata: z.record(z.string(), text(1_000)).optional(),
    start: z.enum(["auto", "manual"]),
    minimumMode: z.enum(["autonomous", "assist"]),
    deadline: Time.optional(),
    resubmitOf: z.strictObject({ executionId: ExecutionId, reason: Reason }).optional(),
    callbackId: CallbackId.optional(),
    registryDigest: Digest,
    runtime: z.strictObject({ version: SemVer, engineDigest: Digest }),
  }),
  "controlPlane.plan.compiled@1": z.strictObject({
    planId: PlanId,
    planDigest: Digest,
    draftDigest: Digest,
    draft: PlanDraft,
    plan: Plan,
    origin: Origin,
    author: PrincipalId,
    compilerVersion: z.int(),
    contracts: z.array(ContractPin),
    stepCount: z.int(),
    capabilities: z.array(CapabilityName),
    /** What the intent's contract says about completed steps when the execution fails; \`stop\` when there is no such contract. */
    onFailure: z.enum(["stop", "undo"]),
  }),
  "controlPlane.plan.rejected@1": z.strictObject({
    draftDigest: Digest.optional(),
    draft: AnyJson.optional(),
    rejections: z.array(PlanRejection),
  }),
  "controlPlane.policy.decided@1": z.strictObject({
    ...stepFields,
    role: StepRole,
    phase: DecisionPhase,
    verdict: Verdict,
    verdictDigest: Digest,
    request: PolicyRequest,
    requestDigest: Digest,
  }),
  "controlPlane.approval.requested@1": z.strictObject({
    approvalId: ApprovalId,
    approvalDigest: Digest,
    statement: ApprovalStatement,
    ...stepFields,
    role: StepRole,
    tier: Tier,
    obligations: Obligations,
    reasons: z.array(z.strictObject({ ruleId: RuleId, text: text(500) })),
    preview: z.array(PreviewLine),
    previewDigest: Digest,
    excluded: z.array(PrincipalId),
    expiresAt: Time,
    fallback: Fallback,
    level: z.int().min(0),
    supersedes: ApprovalId.optional(),
  }),
  "controlPlane.approval.reviewed@1": z.strictObject({
    approvalId: ApprovalId,
    reviewId: ReviewId,
    decision: ReviewDecision,
    human: HumanId,
    roles: z.array(RoleName),
    assurance: Assurance,
    method: z.enum(["session", "ed25519", "system"]),
    channel: Channel,
    token: TokenOrigin.optional(),
    reason: Reason.optional(),
    reasonCode: ReasonCode.optional(),
    note: text(1_000).optional(),
    signature: SignedReview.optional(),
    late: z.boolean(),
    status: ApprovalStatus,
    quorum: QuorumState,
    notBefore: Time.optional(),
    openMs: z.int().min(0),
  }),
  "controlPlane.approval.escalated@1": z.strictObject({
    approvalId: ApprovalId,
    toApprovalId: ApprovalId,
    level: z.int(),
    toRole: RoleName,
    because: z.enum(["timeout", "operator"]),
  }),
  "controlPlane.approval.expired@1": z.strictObject({ approvalId: ApprovalId, fallback: Fallback }),
  "controlPlane.approval.voided@1": z.strictObject({ approvalId: ApprovalId, because: VoidCause }),
  "controlPlane.execution.started@1": z.strictObject({
    planId: PlanId,
    planDigest: Digest,
    minimumMode: z.enum(["autonomous", "assist"]),
  }),
  "controlPlane.execution.step.started@1": z.strictObject({
    ...stepFields,
    attempt: z.int().min(1),
    role: StepRole,
    contract: ContractPin,
    effect: EffectClass,
    input: AnyJson,
    inputDigest: Digest,
    idempotencyKey: IdempotencyKey,
    verdictDigest: Digest,
    approvalId: ApprovalId.optional(),
    approvalDigest: Digest.optional(),
    reviewIds: z.array(ReviewId),
    deadline: Time,
    worker: WorkerId,
  }),
  "controlPlane.execution.step.blocked@1": z.strictObject({
    ...stepFields,
    role: StepRole,
    reason: BlockReason,
    verdictDigest: Digest.optional(),
    approvalId: ApprovalId.optional(),
    errorCode: z.string().max(64).optional(),
    message: text(500),
  }),
  "controlPlane.execution.step.completed@1": z.strictObject({
    ...stepFields,
    role: StepRole,
    attempt: z.int().min(0),
    output: AnyJson,
    outputDigest: Digest,
    source: z.enum(["handler", "probe", "fanOut"]),
    providerRef: text(200).optional(),
    durationMs: z.int().min(0),
    late: z.boolean(),
  }),
  "controlPlane.execution.step.failed@1": z.strictObject({
    ...stepFields,
    role: StepRole,
    attempt: z.int().min(0),
    final: z.boolean(),
    error: Failure,
    fault: Fault.optional(),
    retryAt: Time.optional(),
    source: z.enum(["handler", "probe", "recovery", "fanOut"]),
    durationMs: z.int().min(0),
  }),
  "controlPlane.execution.step.inDoubt@1": z.strictObject({
    ...stepFields,
    role: StepRole,
    attempt: z.int().min(1),
    because: DoubtCause,
    fault: Fault.optional(),
    deadline: Time,
    probe: AnyJson.optional(),
    dependants: z.array(StepKey),
  }),
  "controlPlane.execution.step.resolved@1": z.strictObject({
    ...stepFields,
    role: StepRole,
    attempt: z.int().min(1),
    outcome: z.enum(["happened", "didNotHappen"]),
    output: AnyJson.optional(),
    outputDigest: Digest.optional(),
    next: z.enum(["runAgain", "fail"]).optional(),
    evidence: z.array(Evidence).min(1),
    reason: LongReason,
  }),
  "controlPlane.execution.step.skipped@1": z.strictObject({
    ...stepFields,
    because: z.enum(["conditionFalse", "dependencySkipped", "dependencyFailed", "cancelled"]),
  }),
  "controlPlane.execution.step.undone@1": z.strictObject({ ...stepFields, undoStepId: StepId }),
  "controlPlane.execution.paused@1": z.strictObject({
    because: PauseCause,
    reason: Reason,
    until: Time.optional(),
    inFlight: z.array(StepId),
  }),
  "controlPlane.execution.resumed@1": z.strictObject({
    cause: z.enum(["operator", "timer", "retry"]),
    stepId: StepId.optional(),
    generation: z.int().optional(),
    reason: Reason.optional(),
  }),
  "controlPlane.execution.cancelRequested@1": z.strictObject({
    reason: Reason,
    undo: z.enum(["none", "completed"]),
    inFlight: z.array(StepId),
    toUndo: z.array(StepId),
  }),
  "controlPlane.execution.cancelled@1": z.strictObject({
    reason: Reason,
    undone: z.array(StepId),
    stepCounts: StepCounts,
  }),
  "controlPlane.execution.completed@1": z.strictObject({
    outcome: z.enum(["all", "withSkips"]),
    output: AnyJson.optional(),
    outputDigest: Digest.optional(),
    stepCounts: StepCounts,
  }),
  "controlPlane.execution.failed@1": z.strictObject({
    failure: Failure,
    undone: z.array(StepId),
    stepCounts: StepCounts,
  }),
  "controlPlane.policy.activated@1": z.strictObject({
    layer: z.string(),
    policyTexts: z.array(PolicyText),
    modeMap: ModeMap.optional(),
    policySetDigest: Digest,
  }),
  "controlPlane.grant.given@1": z.strictObject({
    grantId: GrantId,
    principal: PrincipalId,
    capability: CapabilityName.optional(),
    role: RoleName.optional(),
    scope: GrantScope.optional(),
    expiresAt: Time,
    reason: Reason,
  }),
  "controlPlane.grant.revoked@1": z.strictObject({ grantId: GrantId, reason: Reason }),
  "controlPlane.principal.added@1": z.strictObject({
    principalId: PrincipalId,
    kind: PrincipalKind,
    name: text(80, 1),
    owner: HumanId.optional(),
  }),
  "controlPlane.principal.disabled@1": z.strictObject({ principalId: PrincipalId, reason: Reason }),
  "controlPlane.principal.enabled@1": z.strictObject({ principalId: PrincipalId, reason: Reason }),
  "controlPlane.owner.recovered@1": z.strictObject({
    principalId: PrincipalId,
    policySetDigest: Digest,
    reason: Reason,
  }),
  "controlPlane.contract.drifted@1": z.strictObject({
    from: Digest,
    to: Digest,
    ...ContractDrift.shape,
  }),
  "controlPlane.trace.erased@1": z.strictObject({
    executionId: ExecutionId,
    payloads: z.int().min(0),
    legalBasis: Reason,
    reason: Reason,
  }),
} as const satisfies { readonly [kind: string]: z.ZodType }

/** The contract reference of an event that is also an entry kind. */
export type EntryKind = keyof typeof payloads
export type Payloads = { readonly [K in EntryKind]: Immutable<z.infer<(typeof payloads)[K]>> }
/** Any fact, discriminated by `kind`. */
export type Fact = {
  readonly [K in EntryKind]: { readonly kind: K; readonly payload: Payloads[K] }
}[EntryKind]

/** Every entry kind, in the order of the table above. */
export const entryKinds: readonly EntryKind[] = Object.keys(payloads).filter(
  (kind): kind is EntryKind => kind in payloads,
)

/** True when a contract reference names an entry kind. */
export const isEntryKind = (ref: string): ref is EntryKind => Object.hasOwn(payloads, ref)
/** An entry kind as the contract reference that it is. */
export function refOfKind(kind: EntryKind): ContractRef {
  const ref = refs.get(kind)
  invariant(ref !== undefined, "INV-07", { kind })
  return ref
}

const refs = new Map<EntryKind, ContractRef>(entryKinds.map((kind) => [kind, ContractRef.parse(kind)]))

/** A fact from a kind and a value that its payload's schema let through; null for anything else. Fields that the kind does not have are left out. */
export function factOf(kind: EntryKind, said: JsonObject): Fact | null {
  const { shape } = payloads[kind]
  const parsed = payloads[kind].safeParse(
    Object.fromEntries(Object.entries(said).filter(([field]) => field in shape)),
  )
  return parsed.success ? ({ kind, payload: parsed.data } as Fact) : null
}
