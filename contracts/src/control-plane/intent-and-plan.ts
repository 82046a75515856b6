// Submitting intents and looking at plans before anything happens.
// Owns: intent.submit, plan.compile, plan.verify. Does not own: the gate that serves them (adapters/gate).
// Keeps INV-12: no input here can name a principal, tenant, tier, approval or policy.

import { z } from "zod"
import {
  Decision,
  BlockReason,
  CallbackId,
  CapabilityName,
  ContractRef,
  Digest,
  Duration,
  ExecutionId,
  HumanId,
  Key,
  Label,
  Mode,
  PlanId,
  Reason,
  Tier,
  Time,
  AnyJson,
  text,
} from "../primitives.ts"
import { PlanRejection } from "../plan/draft.ts"
import { declareCommand, declareQuery } from "../define/define.ts"
import { StepForecast, Submitted } from "./answers.ts"
import { answerExamples, logAnswer, submittedCompleted, submittedHeld } from "./answer-examples.ts"
import { metaOf, version } from "./meta.ts"
import { sampleTag } from "./sample-release.ts"

/** What is asked for: a contract with its input, or a draft of steps. */
const as = z.union([
  z.strictObject({ contract: ContractRef, input: AnyJson }),
  z.strictObject({ draft: AnyJson }),
])

/** Most of `metadata`; policy never sees it. */
const metadata = z.record(z.string().max(64), text(1_000))

export const intentSubmit = declareCommand({
  name: "controlPlane.intent.submit",
  version: "1.3.0",
  path: "gate",
  effect: "keyed",
  window: "P30D",
  capability: "control-plane.core",
  meta: metaOf("intent", {
    title: "Submit an intent",
    goal: "One call that acts, waits or says no, and that never acts twice for one key.",
    context:
      "The only way to start work, on every channel. For reading, use the queries; to look first, use plan.compile and plan.verify.",
  }),
  input: z.strictObject({
    key: Key,
    as,
    onBehalfOf: HumanId.optional(),
    labels: z.array(Label).max(16).optional(),
    metadata: metadata.optional(),
    start: z.enum(["auto", "manual"]).optional(),
    minimumMode: z.enum(["autonomous", "assist"]).optional(),
    expectPlanDigest: Digest.optional(),
    resubmitOf: z.strictObject({ executionId: ExecutionId, reason: Reason }).optional(),
    deadline: Time.optional(),
    callbackId: CallbackId.optional(),
    wait: Duration.optional(),
  }),
  output: Submitted,
  errors: [
    "CONTRACT_UNKNOWN",
    "CONTRACT_RETIRED",
    "IDEMPOTENCY_CONFLICT",
    "DELEGATION_MISSING",
    "DEADLINE_PASSED",
    "DIGEST_STALE",
    "QUOTA_EXCEEDED",
  ],
  emits: [
    "controlPlane.intent.received@1",
    "controlPlane.plan.compiled@1",
    "controlPlane.plan.rejected@1",
    "controlPlane.policy.decided@1",
    "controlPlane.execution.started@1",
  ],
  http: { method: "POST", path: "/intents" },
  examples: [
    {
      title: "a tag, which waits for people",
      input: { key: "release-1.3.0", as: { contract: sampleTag.contract.ref, input: sampleTag.input } },
      output: submittedHeld,
    },
    {
      title: "a log, which is read at once",
      input: {
        key: "log-1",
        as: { contract: "git.log.read@1", input: { repository: "website" } },
        wait: "PT5S",
      },
      output: submittedCompleted(logAnswer),
    },
    { title: "without a key", input: { as: { contract: "git.release.cut@1", input: {} } }, fails: "/key" },
  ],
})

export const planCompile = declareQuery({
  name: "controlPlane.plan.compile",
  version,
  path: "read",
  effect: "pure",
  capability: "control-plane.core",
  meta: metaOf("plan", {
    title: "Compile a plan",
    goal: "See the exact plan before anything happens.",
    context:
      "For previews. Nothing is kept: submit the same input afterwards, with expectPlanDigest to act only on this plan.",
  }),
  input: z.strictObject({ as }),
  output: z.strictObject({
    planId: PlanId.optional(),
    planDigest: Digest.optional(),
    compiledAt: Time,
    stepCount: z.int(),
    capabilities: z.array(CapabilityName),
    plan: AnyJson.optional(),
    rejections: z.array(PlanRejection),
    tree: z.string().optional(),
  }),
  errors: ["CONTRACT_UNKNOWN"],
  http: { method: "POST", path: "/plans/compile" },
  examples: [
    {
      title: "a tag",
      input: { as: { contract: sampleTag.contract.ref, input: sampleTag.input } },
      output: answerExamples["plan.compile"],
    },
    {
      title: "a contract without its major",
      input: { as: { contract: "git.release.cut", input: {} } },
      fails: "/as/contract",
    },
  ],
})

export const planVerify = declareQuery({
  name: "controlPlane.plan.verify",
  version,
  path: "read",
  capability: "control-plane.audit",
  meta: metaOf("plan", {
    title: "Check a plan against policy",
    goal: "Know tier, holds and missing grants in advance, for every step.",
    context: "Before a submit, and in CI. Steps that wait for values of earlier steps are listed as open.",
  }),
  input: z.strictObject({ as }),
  output: z.strictObject({
    planId: PlanId,
    planDigest: Digest,
    verdict: Decision,
    tier: Tier,
    mode: Mode.optional(),
    requiresApproval: z.boolean(),
    blockedReasons: z.array(BlockReason),
    steps: z.array(StepForecast),
    missing: z.array(z.string()),
    policySetDigest: Digest,
    verifiedAt: Time,
    tree: z.string(),
  }),
  errors: ["CONTRACT_UNKNOWN", "PLAN_INVALID"],
  http: { method: "POST", path: "/plans/verify" },
  examples: [
    {
      title: "a tag",
      input: { as: { contract: sampleTag.contract.ref, input: sampleTag.input } },
      output: answerExamples["plan.verify"],
    },
    {
      title: "a contract without its major",
      input: { as: { contract: "git.release.cut", input: {} } },
      fails: "/as/contract",
    },
  ],
})
