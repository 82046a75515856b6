// Acting on one execution: start, cancel, pause, resume, retry, resolve; reading one or many.
// Owns: those contracts. Does not own: what each does to a trace (executor core).

import { z } from "zod"
import {
  AnyJson,
  Channel,
  ContractRef,
  Digest,
  ExecutionId,
  ExecutionStatus,
  Key,
  Label,
  LongReason,
  PlanId,
  PrincipalId,
  Reason,
  StepId,
  StepStatus,
  Tier,
  Time,
  Version,
} from "../primitives.ts"
import { Evidence } from "../trace/facts.ts"
import { declareCommand, declareQuery } from "../define/define.ts"
import { ExecutionItem, ExecutionView, pageFields, pageInput } from "./answers.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf, version } from "./meta.ts"
import { sampleDigests, sampleIds } from "./sample-release.ts"

const control = {
  version,
  path: "control",
  effect: "natural",
  capability: "control-plane.core",
  resource: { kind: "execution", at: "/executionId" },
} as const
const sample = sampleIds.execution
const step = sampleIds.step
const moved = { executionId: ExecutionId, status: ExecutionStatus, version: Version }

export const executionStart = declareCommand({
  ...control,
  name: "controlPlane.execution.start",
  meta: metaOf("execution", {
    title: "Start a planned execution",
    goal: "Release a plan that was submitted to be looked at first.",
    context: "Only after a submit with start: manual. It binds to the plan digest that was looked at.",
  }),
  input: z.strictObject({
    key: Key,
    executionId: ExecutionId,
    planDigest: Digest,
    expectedVersion: Version.optional(),
  }),
  output: z.strictObject({ ...moved, planId: PlanId, startedAt: Time }),
  errors: ["STATE_INVALID", "VERSION_CONFLICT", "DIGEST_STALE", "NOT_FOUND"],
  emits: ["controlPlane.execution.started@1"],
  http: { method: "POST", path: "/executions/:executionId/start" },
  examples: [
    {
      title: "start",
      input: { key: "start-1", executionId: sample, planDigest: sampleDigests.plan },
      output: answerExamples["execution.start"],
    },
    {
      title: "a plan that no one looked at",
      input: { key: "start-1", executionId: sample },
      fails: "/planDigest",
    },
  ],
})

export const executionCancel = declareCommand({
  ...control,
  name: "controlPlane.execution.cancel",
  meta: metaOf("execution", {
    title: "Cancel an execution",
    goal: "No new step starts after the commit; finished steps are undone if asked for.",
    context: "For good. Attempts in flight still finish and are recorded. To stop for a while, use pause.",
  }),
  input: z.strictObject({
    key: Key,
    executionId: ExecutionId,
    reason: Reason,
    undo: z.enum(["none", "completed"]).optional(),
    expectedVersion: Version.optional(),
  }),
  output: z.strictObject({
    ...moved,
    cancelRequestedAt: Time,
    inFlight: z.array(StepId),
    toUndo: z.array(StepId),
  }),
  errors: ["STATE_INVALID", "VERSION_CONFLICT", "UNDO_UNAVAILABLE", "NOT_FOUND"],
  emits: ["controlPlane.execution.cancelRequested@1", "controlPlane.execution.cancelled@1"],
  http: { method: "POST", path: "/executions/:executionId/cancel" },
  examples: [
    {
      title: "cancel",
      input: { key: "cancel-1", executionId: sample, reason: "wrong version number" },
      output: answerExamples["execution.cancel"],
    },
    { title: "without a reason", input: { key: "cancel-1", executionId: sample }, fails: "/reason" },
  ],
})

export const executionPause = declareCommand({
  ...control,
  name: "controlPlane.execution.pause",
  auth: { kinds: ["human", "service"] },
  meta: metaOf("execution", {
    title: "Pause an execution",
    goal: "Nothing new starts until it is resumed, by hand or at a stated time.",
    context: "For incidents. Reviews are still accepted; attempts in flight finish.",
  }),
  input: z.strictObject({
    key: Key,
    executionId: ExecutionId,
    reason: Reason,
    until: Time.optional(),
    expectedVersion: Version.optional(),
  }),
  output: z.strictObject({ ...moved, pausedAt: Time, inFlight: z.array(StepId) }),
  errors: ["STATE_INVALID", "VERSION_CONFLICT", "NOT_FOUND"],
  emits: ["controlPlane.execution.paused@1"],
  http: { method: "POST", path: "/executions/:executionId/pause" },
  examples: [
    {
      title: "pause",
      input: { key: "pause-1", executionId: sample, reason: "incident 42" },
      output: answerExamples["execution.pause"],
    },
    {
      title: "until a day without a time",
      input: { key: "pause-1", executionId: sample, reason: "incident 42", until: "2026-12-01" },
      fails: "/until",
    },
  ],
})

export const executionResume = declareCommand({
  ...control,
  name: "controlPlane.execution.resume",
  auth: { kinds: ["human", "service"] },
  meta: metaOf("execution", {
    title: "Resume an execution",
    goal: "Let a paused execution go on where it stopped.",
    context:
      "Verdicts of cleared and held steps are made again. Refused when a contract that the plan pins is gone.",
  }),
  input: z.strictObject({
    key: Key,
    executionId: ExecutionId,
    reason: Reason.optional(),
    expectedVersion: Version.optional(),
  }),
  output: z.strictObject({ ...moved, resumedAt: Time }),
  errors: ["STATE_INVALID", "VERSION_CONFLICT", "RESUME_REFUSED", "NOT_FOUND"],
  emits: ["controlPlane.execution.resumed@1"],
  http: { method: "POST", path: "/executions/:executionId/resume" },
  examples: [
    {
      title: "resume",
      input: { key: "resume-1", executionId: sample },
      output: answerExamples["execution.resume"],
    },
    { title: "without a key", input: { executionId: sample }, fails: "/key" },
  ],
})

export const executionRetry = declareCommand({
  ...control,
  name: "controlPlane.execution.retry",
  auth: { kinds: ["human", "service"] },
  meta: metaOf("execution", {
    title: "Retry a step",
    goal: "Try a failed or blocked step again without repeating what has finished.",
    context:
      "The step gets a new generation, so a new key and a new verdict. Never for steps in doubt: those are resolved.",
  }),
  input: z.strictObject({
    key: Key,
    executionId: ExecutionId,
    stepId: StepId,
    reason: Reason,
    expectedVersion: Version.optional(),
  }),
  output: z.strictObject({ ...moved, stepId: StepId, generation: z.int(), retriedAt: Time }),
  errors: ["STATE_INVALID", "VERSION_CONFLICT", "NOT_RETRYABLE", "NOT_FOUND"],
  emits: ["controlPlane.execution.resumed@1"],
  http: { method: "POST", path: "/executions/:executionId/retry" },
  examples: [
    {
      title: "retry",
      input: { key: "retry-1", executionId: sample, stepId: step, reason: "the disk has space again" },
      output: answerExamples["execution.retry"],
    },
    {
      title: "a step by its name",
      input: { key: "retry-1", executionId: sample, stepId: "tag", reason: "the disk has space again" },
      fails: "/stepId",
    },
  ],
})

export const executionResolve = declareCommand({
  ...control,
  name: "controlPlane.execution.resolve",
  capability: "control-plane.approval",
  auth: { kinds: ["human"] },
  meta: metaOf("execution", {
    title: "Settle a step in doubt",
    goal: "Turn an unknown outcome into a recorded fact, with evidence.",
    context: "For people who looked at the other side's records. At tier high the requester cannot do it.",
  }),
  input: z.strictObject({
    key: Key,
    executionId: ExecutionId,
    stepId: StepId,
    generation: z.int().min(0),
    attempt: z.int().min(1),
    outcome: z.enum(["happened", "didNotHappen"]),
    output: AnyJson.optional(),
    next: z.enum(["runAgain", "fail"]).optional(),
    evidence: z.array(Evidence).min(1).max(10),
    reason: LongReason,
    expectedVersion: Version.optional(),
  }),
  output: z.strictObject({
    executionId: ExecutionId,
    stepId: StepId,
    status: StepStatus,
    generation: z.int(),
    version: Version,
    resolvedAt: Time,
  }),
  errors: ["STATE_INVALID", "VERSION_CONFLICT", "SEPARATION_OF_DUTIES", "OUTPUT_INVALID", "NOT_FOUND"],
  emits: ["controlPlane.execution.step.resolved@1"],
  http: { method: "POST", path: "/executions/:executionId/resolve" },
  examples: [
    {
      title: "it did not happen",
      input: {
        key: "resolve-1",
        executionId: sample,
        stepId: step,
        generation: 0,
        attempt: 1,
        outcome: "didNotHappen",
        evidence: [{ kind: "providerRecord", ref: "git ls-remote --tags: no v1.3.0" }],
        reason: "the repository has no tag of this name",
      },
      output: answerExamples["execution.resolve"],
    },
    {
      title: "without evidence",
      input: {
        key: "resolve-1",
        executionId: sample,
        stepId: step,
        generation: 0,
        attempt: 1,
        outcome: "didNotHappen",
        evidence: [],
        reason: "the repository has no tag of this name",
      },
      fails: "/evidence",
    },
  ],
})

export const executionGet = declareQuery({
  name: "controlPlane.execution.get",
  version: "1.2.0",
  path: "read",
  capability: "control-plane.core",
  resource: { kind: "execution", at: "/executionId" },
  meta: metaOf("execution", {
    title: "Read an execution",
    goal: "Its state, what it waits for, and its output.",
    context: "Poll it, wait with Prefer: wait, or follow the event stream; all read the same record.",
  }),
  input: z.strictObject({
    executionId: ExecutionId,
    include: z
      .array(z.enum(["plan", "steps", "output", "tree"]))
      .max(4)
      .optional(),
  }),
  output: ExecutionView,
  errors: ["NOT_FOUND"],
  http: { method: "GET", path: "/executions/:executionId" },
  examples: [
    {
      title: "with steps",
      input: { executionId: sample, include: ["steps", "tree"] },
      output: answerExamples["execution.get"],
    },
    { title: "a shortened id", input: { executionId: "exe_01m7zhdy" }, fails: "/executionId" },
  ],
})

export const executionList = declareQuery({
  name: "controlPlane.execution.list",
  version: "1.2.0",
  path: "read",
  capability: "control-plane.core",
  meta: metaOf("execution", {
    title: "List executions",
    goal: "Find executions by state, tier, contract, requester or label.",
    context: "Pages in a total order that is stable while new ones come in; there is no exact total.",
  }),
  input: z.strictObject({
    status: z.array(ExecutionStatus).max(12).optional(),
    tier: z.array(Tier).max(3).optional(),
    requester: PrincipalId.optional(),
    contract: ContractRef.optional(),
    label: Label.optional(),
    held: z.boolean().optional(),
    inDoubt: z.boolean().optional(),
    from: Time.optional(),
    to: Time.optional(),
    sort: z.enum(["createdAt", "updatedAt"]).optional(),
    include: z
      .array(z.enum(["subject"]))
      .max(1)
      .optional(),
    channel: Channel.optional(),
    ...pageInput,
  }),
  output: z.strictObject({ items: z.array(ExecutionItem), totalAtLeast: z.int(), ...pageFields }),
  errors: ["CURSOR_INVALID"],
  http: { method: "GET", path: "/executions" },
  examples: [
    {
      title: "what runs",
      input: { status: ["running", "waiting"], limit: 20 },
      output: answerExamples["execution.list"],
    },
    { title: "more than a page", input: { limit: 1000 }, fails: "/limit" },
  ],
})
