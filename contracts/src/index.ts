// The way into `contracts`: the nouns, how contracts are defined, and the pure functions over them.
// The ports are in `contracts/ports`, digests and derived ids in `contracts/digest`, HTTP routes in `contracts/http`,
// NATS subjects in `contracts/nats`.

export { InvariantBroken, assertNever, err, invariant, ok } from "./result.ts"
export type { Err, Facts, InvariantId, Ok, Result } from "./result.ts"
export { instantMs, isDay, isInstant } from "./instant.ts"
export {
  AnyJson,
  ApprovalId,
  ApprovalStatus,
  Assurance,
  BlockReason,
  BreakGlassId,
  BundleId,
  CallbackId,
  CapabilityName,
  Channel,
  ContractPin,
  ContractRef,
  Cursor,
  Decision,
  Digest,
  DoubtCause,
  Duration,
  EffectClass,
  Environment,
  ExecutionId,
  ExecutionStatus,
  Fallback,
  Fence,
  GrantId,
  HumanId,
  IdempotencyKey,
  IntentId,
  JsonPointer,
  Key,
  Label,
  LongReason,
  Mode,
  Origin,
  PlanId,
  PrincipalId,
  PauseCause,
  RecordWord,
  PrincipalKind,
  PrincipalRef,
  Reason,
  ReasonCode,
  ReviewDecision,
  ReviewId,
  RoleName,
  RuleId,
  SemVer,
  Seq,
  SessionId,
  Stage,
  StepId,
  StepKey,
  StepRole,
  StepStatus,
  TenantId,
  Tier,
  Time,
  Traceparent,
  Version,
  VoidCause,
  WorkerId,
  addMs,
  assuranceCovers,
  durationMs,
  higherTier,
  msOfTime,
  raiseTier,
  text,
  timeFromMs,
  endedStatuses,
  openStatuses,
} from "./primitives.ts"
export type { Immutable } from "./primitives.ts"
export { documentOf, listOf } from "./json-values.ts"
export { isObject, objectOf } from "./json/json.ts"
export type { Json, JsonObject } from "./json/json.ts"
export { canonical, canonicalBytes, inCanonicalOrder } from "./json/canonical.ts"
export { isWithin } from "./json/is-within.ts"
export { parseJson } from "./json/parse-json.ts"
export { formatPointer, parsePointer, readPointer } from "./json/json-pointer.ts"
export type { PointerProblem } from "./json/json-pointer.ts"
export { jsonLimits } from "./json/json-limits.ts"
export type { ForbiddenJson, JsonLimits, JsonProblem } from "./json/json-limits.ts"
export { errorCodes, errors, isErrorCode } from "./errors/errors.ts"
export type { ErrorCode, ErrorDetails } from "./errors/errors.ts"
export { Fault, faultOf, withoutSecrets } from "./errors/fault.ts"
export { failure, failureCodes, failures, isFailureCode } from "./trace/failures.ts"
export type { FailureCode, FailureDetails, FailureExtras } from "./trace/failures.ts"
export { Problem, ProblemIssue, problem, problemIssuesMax } from "./errors/problem.ts"
export type { ProblemExtras } from "./errors/problem.ts"
export { refuse } from "./errors/refusal.ts"
export type { Refusal } from "./errors/refusal.ts"
export type { Actor } from "./errors/template.ts"
export {
  ContractMeta,
  ContractPath,
  HttpRoute,
  Limits,
  ObservesDeclaration,
  PreviewField,
  Stability,
  UndoDeclaration,
} from "./define/contract.ts"
export type {
  Callable,
  Capability,
  Check,
  Command,
  Contract,
  ContractDocument,
  Event,
  Intent,
  Query,
} from "./define/contract.ts"
export {
  DefinitionError,
  defineCapability,
  defineCommand,
  defineEvent,
  defineIntent,
  defineQuery,
} from "./define/define.ts"
export type {
  CommandDefinition,
  EventDefinition,
  IntentDefinition,
  QueryDefinition,
} from "./define/define.ts"
export { draftOf, output, ref, step, textOf } from "./define/draw.ts"
export { drawPlan } from "./define/draw-plan.ts"
export type { PlanFault } from "./define/draw-plan.ts"
export type { DrawnStep, Fill, FillDraft, Ref } from "./define/drawn.ts"
export { parseInput } from "./define/parse-input.ts"
export { issuesMax, parseWith } from "./schema/parse.ts"
export type { Issue, IssueCode } from "./schema/parse.ts"
export { exampleProblem, examplesOf, refusalsOf } from "./define/examples.ts"
export type { AnswerExample } from "./control-plane/served-calls.ts"
export type { Example } from "./define/examples.ts"
export { PatternUndecided, documentStepsMax } from "./define/document-schema.ts"
export { hasDigest } from "./define/has-digest.ts"
export { contractOfDocument, digestsOfDocument } from "./define/from-document.ts"
export type { DocumentedContract } from "./define/from-document.ts"
export { makeRegistry, registryOf } from "./define/registry.ts"
export type { Registry } from "./define/registry.ts"
export {
  definitionAt,
  jsonSchemaOf,
  mark,
  marksOf,
  readByRules,
  secretField,
  seenByPolicy,
} from "./schema/schema.ts"
export { schemaSecrets } from "./define/schema-secrets.ts"
export type { JsonSchema, Mark } from "./schema/schema.ts"
export { normalForm, targetForms } from "./normal/normal-form.ts"
export type { NormalForm, TargetForm } from "./normal/normal-form.ts"
export { normalTargets } from "./target/normal-targets.ts"
export {
  PlanDraft,
  PlanRejection,
  RejectionCode,
  conditionDepthMax,
  conditionNodesMax,
  draftBytesMax,
  edgesMax,
  executionOutputBytesMax,
  fanOutMax,
  instancesPerPlanMax,
  pathStepsMax,
  planBytesMax,
  planOutputBytesMax,
  referencesPerStepMax,
  rejectionsMax,
  stepInputBytesMax,
  stepOutputBytesMax,
  stepOutputLimits,
  stepsInFlightMax,
  stepsPerPlanMax,
} from "./plan/draft.ts"
export type { Condition, DraftEach } from "./plan/draft.ts"
export { Plan, PlanEach, PlanStep, PlanUndo } from "./plan/plan.ts"
export { asLiteral, formOf, isList, referencesOf, toleratesSkip } from "./plan/reference.ts"
export type { Form, FromForm } from "./plan/reference.ts"
export { compareValues, evaluateCondition, resolveInput, textOfPart } from "./plan/resolve.ts"
export type { ResolveProblem, Scope, StepValue } from "./plan/resolve.ts"
export {
  ChainMember,
  Grant,
  GrantScope,
  GrantSource,
  isResourceKind,
  peopleBehind,
  PolicyRequest,
  ScopeLevel,
} from "./policy/request.ts"
export { grantCovers } from "./policy/grant-covers.ts"
export { PolicyTest, PolicyTestCase } from "./policy/policy-test.ts"
export { DecisionPhase, Obligations, Verdict, VerdictCircumstances, VerdictCore } from "./policy/verdict.ts"
export {
  ModeMap,
  PolicyLayer,
  PolicySource,
  PolicyText,
  defaultModeMap,
  tiers,
} from "./policy/policy-source.ts"
export {
  ApprovalHindrance,
  ApprovalStatement,
  PreviewLine,
  QuorumState,
  ReviewFact,
  SignedReview,
  SignedReviewPayload,
  ReviewToken,
  TokenOrigin,
} from "./approval/approval.ts"
export { approvalStatusAt, isAnswerable } from "./approval/status-at.ts"
export {
  Ask,
  Evidence,
  Failure,
  StepCounts,
  entryKinds,
  factOf,
  isEntryKind,
  payloads,
  refOfKind,
} from "./trace/facts.ts"
export type { EntryKind, Fact, Payloads } from "./trace/facts.ts"
export { eventData, eventDataSchema } from "./trace/event-data.ts"
export { CapabilitySource, EntryHead, TraceHead, emptyHead } from "./trace/entry.ts"
export type { Attribution, EntryDraft, TraceEntry } from "./trace/entry.ts"
export { sealEntries, sealing } from "./trace/seal-entries.ts"
export type { SealPlace } from "./trace/seal-entries.ts"
export {
  BundleBlob,
  BundleEngine,
  BundleEntry,
  BundleEnvelope,
  BundleHeader,
  BundleKey,
  BundleLine,
  BundleTrailer,
  PayloadState,
  bundleBytesMax,
  bundleLineBytesMax,
  bundleLinesMax,
  bundleLineOrder,
  contractMediaType,
  policySourceMediaType,
} from "./trace/bundle.ts"
export {
  buildPolicyRequest,
  classFloor,
  effectiveFloor,
  projectPolicyFields,
} from "./define/build-request.ts"
export type { DecisionSubject } from "./define/build-request.ts"
export {
  ApprovalItem,
  BlockedStep,
  ExecutionItem,
  ExecutionView,
  Happened,
  HeldStep,
  pageLimitDefault,
  StepForecast,
  StepView,
  Submitted,
} from "./control-plane/answers.ts"
export type {
  Answer,
  CompletedAnswer,
  EndedAnswer,
  HeldAnswer,
  Known,
  PendingAnswer,
  PlanRejectedAnswer,
  RecordAnswer,
  RefusedAnswer,
  Resubmit,
} from "./control-plane/answer.ts"
export { answerKindOf, blockWord, recordWord, answerOf, isFinalAnswer } from "./control-plane/answer-of.ts"
export type { AnswerFacts, AnswerKind, AnswerRecord } from "./control-plane/answer-of.ts"
export { approvalList, bulkItemsMax, executionApprove, executionReject } from "./control-plane/approval.ts"
export { contractAdopt, contractDrift } from "./control-plane/contract-drift.ts"
export {
  contractList,
  evidenceExport,
  policyExplain,
  policyRead,
  traceErase,
  traceGet,
} from "./control-plane/audit.ts"
export { controlPlaneCapabilities } from "./control-plane/capabilities.ts"
export { controlPlaneCallables, controlPlaneContracts } from "./control-plane/control-plane.ts"
export { controlPlaneEvents, stageOf } from "./control-plane/events.ts"
export {
  executionCancel,
  executionGet,
  executionList,
  executionPause,
  executionResolve,
  executionResume,
  executionRetry,
  executionStart,
} from "./control-plane/execution.ts"
export {
  grantGive,
  grantRevoke,
  policyActivate,
  principalAdd,
  principalDisable,
  principalEnable,
} from "./control-plane/governance.ts"
export { capabilityIntroduce } from "./control-plane/capability-introduction.ts"
export { ownerRecover } from "./control-plane/owner-recovery.ts"
export { intentSubmit, planCompile, planVerify } from "./control-plane/intent-and-plan.ts"
export { quarantineList } from "./control-plane/quarantine.ts"
export { contractIssue, contractLintRules } from "./lint/contract-issue.ts"
export type { ContractIssue } from "./lint/contract-issue.ts"
export { lintContracts } from "./lint/lint-contracts.ts"
export { capabilityIndex, capabilityPage } from "./docs/capability-page.ts"
export { contractIndex, contractPage } from "./docs/contract-page.ts"
export { fieldRows } from "./docs/field-rows.ts"
export { contractUrn, schemaDocument } from "./docs/schema-document.ts"
export { escapeJson, escapeLine, escapeText, printsAsIs, unescapeText, withoutUnseen } from "./text/escape.ts"
export { repeatsSecret } from "./text/repeats-secret.ts"
export { nameFault, nameFaults, nameText, skeletonOf } from "./text/name.ts"
export type { NameFault } from "./text/name.ts"
