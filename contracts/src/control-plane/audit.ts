// Proof and explanation: traces, verdicts, evidence, discovery.
// Owns: trace.get, policy.explain, execution.evidence.export, contract.list, trace.erase. Does not own: bundles (replay).

import { z } from "zod"
import {
  AnyJson,
  BlockReason,
  BundleId,
  CapabilityName,
  ContractRef,
  Decision,
  Digest,
  EffectClass,
  ExecutionId,
  Mode,
  PrincipalId,
  Reason,
  RuleId,
  Seq,
  Stage,
  StepId,
  Tier,
  Time,
} from "../primitives.ts"
import { EntryHead, TraceHead } from "../trace/entry.ts"
import { Obligations } from "../policy/verdict.ts"
import { ModeMap, PolicyLayer, PolicyText } from "../policy/policy-source.ts"
import { declareCommand, declareQuery } from "../define/define.ts"
import { pageFields, pageInput } from "./answers.ts"
import { answerExamples } from "./answer-examples.ts"
import { metaOf, version } from "./meta.ts"
import { sampleIds } from "./sample-release.ts"

const sample = sampleIds.execution

export const traceGet = declareQuery({
  name: "controlPlane.trace.get",
  version,
  path: "read",
  capability: "control-plane.audit",
  resource: { kind: "execution", at: "/executionId" },
  meta: metaOf("trace", {
    title: "Read a trace",
    goal: "Intent, plan, verdicts, actions and outcomes, in order and chained.",
    context: "For investigation. Offline proof is the bundle that evidence.export makes.",
  }),
  input: z.strictObject({
    executionId: ExecutionId,
    fromSeq: Seq.optional(),
    limit: z.int().min(1).max(1_000).optional(),
    includePayloads: z.boolean().optional(),
  }),
  output: z.strictObject({
    executionId: ExecutionId,
    head: TraceHead,
    chainOk: z.boolean(),
    nextSeq: Seq.optional(),
    entries: z.array(
      z.strictObject({
        seq: Seq,
        kind: ContractRef,
        stage: Stage,
        time: Time,
        head: EntryHead,
        prevHash: Digest,
        hash: Digest,
        payloadState: z.enum(["present", "omitted", "erased"]),
        payload: AnyJson.optional(),
      }),
    ),
  }),
  errors: ["NOT_FOUND", "TRACE_CORRUPT"],
  http: { method: "GET", path: "/executions/:executionId/trace" },
  examples: [
    {
      title: "one entry of it, whose payload was erased",
      input: { executionId: sample, fromSeq: 8, limit: 1, includePayloads: true },
      output: answerExamples["trace.get"],
    },
    { title: "entries count from 1", input: { executionId: sample, fromSeq: 0 }, fails: "/fromSeq" },
  ],
})

export const policyExplain = declareQuery({
  name: "controlPlane.policy.explain",
  version,
  path: "read",
  capability: "control-plane.audit",
  meta: metaOf("policy", {
    title: "Explain a verdict",
    goal: "The rule that decided, and the clause by which others missed.",
    context: "For a recorded step, or for a contract and input that no one has submitted yet.",
  }),
  input: z.strictObject({
    of: z.union([
      z.strictObject({ executionId: ExecutionId, stepId: StepId.optional() }),
      z.strictObject({ contract: ContractRef, input: AnyJson, as: PrincipalId.optional() }),
    ]),
  }),
  output: z.strictObject({
    decision: Decision,
    tier: Tier,
    mode: Mode,
    blockReason: BlockReason.optional(),
    determining: z.array(
      z.strictObject({
        ruleId: RuleId,
        effect: z.enum(["permit", "forbid"]),
        tier: Tier.optional(),
        reason: z.string(),
        source: z.strictObject({ file: z.string(), line: z.int() }),
      }),
    ),
    nearMisses: z.array(z.strictObject({ ruleId: RuleId, clause: z.string(), values: z.array(z.string()) })),
    obligations: Obligations.optional(),
    floor: z.strictObject({ tier: Tier, because: z.array(z.string()) }),
    policySetDigest: Digest,
    sliceDigest: Digest,
    engineDigest: Digest,
    matchesRecorded: z.boolean().optional(),
    evaluatedAt: Time,
    text: z.string(),
  }),
  errors: ["NOT_FOUND", "CONTRACT_UNKNOWN"],
  http: { method: "POST", path: "/policy/explain" },
  examples: [
    {
      title: "a recorded step",
      input: { of: { executionId: sample } },
      output: answerExamples["policy.explain"],
    },
    { title: "of nothing", input: {}, fails: "/of" },
  ],
})

const VerdictDifference = z.strictObject({
  /** The name of a case of this release, or the execution whose decision it was. */
  of: z.string(),
  contract: ContractRef,
  before: z.string(),
  after: z.string(),
})

export const policyRead = declareQuery({
  name: "controlPlane.policy.read",
  version,
  path: "read",
  capability: "control-plane.audit",
  auth: { kinds: ["human", "service"] },
  meta: metaOf("policy", {
    title: "Read the policy in force",
    goal: "The rules that decide now, and what a proposed change would decide differently.",
    context:
      "A change is given as it would be activated, or named by the execution that asks for it. It is compared over the cases of this release and over the newest decisions within reach.",
  }),
  input: z.strictObject({
    change: z
      .strictObject({
        layer: PolicyLayer,
        policyTexts: z.array(PolicyText).max(50),
        modeMap: ModeMap.optional(),
      })
      .optional(),
    executionId: ExecutionId.optional(),
  }),
  checks: [
    {
      id: "one-change",
      version: 1,
      says: "At most one of change and executionId is given.",
      test: ({ change, executionId }) =>
        change !== undefined && executionId !== undefined ? ["/executionId"] : [],
    },
  ],
  output: z.strictObject({
    policySetDigest: Digest,
    texts: z.array(PolicyText),
    modeMap: ModeMap,
    /** Absent when no change was named. */
    proposed: z
      .strictObject({
        /** Absent for a change that cannot be activated. */
        policySetDigest: Digest.optional(),
        issues: z.array(z.string()),
        compared: z.strictObject({ cases: z.int(), decisions: z.int() }),
        differences: z.array(VerdictDifference).max(100),
        differing: z.int(),
      })
      .optional(),
  }),
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/policy/read" },
  examples: [
    { title: "what is in force", input: {}, output: answerExamples["policy.read"] },
    {
      title: "of an unknown layer",
      input: { change: { layer: "local", policyTexts: [] } },
      fails: "/change/layer",
    },
  ],
})

export const evidenceExport = declareQuery({
  name: "controlPlane.execution.evidence.export",
  version,
  path: "read",
  capability: "control-plane.audit",
  resource: { kind: "execution", at: "/executionId" },
  auth: { kinds: ["human", "service"] },
  meta: metaOf("evidence", {
    title: "Export evidence",
    goal: "One file that an auditor verifies and replays offline.",
    context:
      "For audits and incident reviews. With payloads: none it still proves order, content digests and reviews.",
  }),
  input: z.strictObject({ executionId: ExecutionId, payloads: z.enum(["all", "none"]).optional() }),
  output: z.strictObject({
    bundleId: BundleId,
    bundleDigest: Digest,
    bytes: z.int(),
    entryCount: z.int(),
    head: TraceHead,
    completeness: z.enum(["full", "proofOnly"]),
    exportedAt: Time,
    bundle: z.string(),
  }),
  errors: ["NOT_FOUND", "LIMIT_EXCEEDED", "TRACE_CORRUPT"],
  http: { method: "POST", path: "/executions/:executionId/evidence" },
  examples: [
    {
      title: "everything",
      input: { executionId: sample, payloads: "all" },
      output: answerExamples["execution.evidence.export"],
    },
    { title: "some payloads", input: { executionId: sample, payloads: "some" }, fails: "/payloads" },
  ],
})

export const contractList = declareQuery({
  name: "controlPlane.contract.list",
  version,
  path: "read",
  capability: "control-plane.core",
  meta: metaOf("contract", {
    title: "Discover contracts",
    goal: "Names, schemas, effects and owners of everything that can be asked for.",
    context: "For agents and generated clients. Lists what is registered, not what you hold a grant for.",
  }),
  input: z.strictObject({
    kind: z
      .array(z.enum(["command", "query", "event", "intent"]))
      .max(4)
      .optional(),
    prefix: z.string().max(120).optional(),
    include: z
      .array(z.enum(["document"]))
      .max(1)
      .optional(),
    ...pageInput,
  }),
  output: z.strictObject({
    items: z.array(
      z.strictObject({
        ref: ContractRef,
        version: z.string(),
        kind: z.enum(["command", "query", "event", "intent"]),
        digest: Digest,
        documentDigest: Digest,
        effect: EffectClass.optional(),
        floor: Tier.optional(),
        capability: CapabilityName,
        stability: z.string(),
        owners: z.array(z.string()),
        tags: z.array(z.string()),
        title: z.string(),
        goal: z.string(),
        context: z.string(),
        http: z.string().optional(),
        document: AnyJson.optional(),
      }),
    ),
    totalAtLeast: z.int(),
    ...pageFields,
  }),
  errors: ["CURSOR_INVALID"],
  http: { method: "GET", path: "/contracts" },
  examples: [
    { title: "intents", input: { kind: ["intent"] }, output: answerExamples["contract.list"] },
    { title: "an unknown kind", input: { kind: ["plan"] }, fails: "/kind/0" },
  ],
})

export const traceErase = declareCommand({
  name: "controlPlane.trace.erase",
  version,
  path: "gate",
  effect: "natural",
  irreversible: true,
  floor: "high",
  capability: "control-plane.audit",
  auth: { kinds: ["human"] },
  resource: { kind: "execution", at: "/executionId" },
  meta: metaOf("trace", {
    title: "Erase payloads",
    goal: "Payloads of a closed execution go; the proof that they were there stays.",
    context:
      "On a legal ground. Re-derivation of what read them becomes unverifiable, never divergent. Bundles made before still hold them.",
    stability: "beta",
  }),
  input: z.strictObject({ executionId: ExecutionId, reason: Reason, legalBasis: Reason }),
  output: z.strictObject({ payloads: z.int().min(0), executions: z.int().min(0), erasedAt: Time }),
  emits: ["controlPlane.trace.erased@1"],
  errors: ["NOT_FOUND"],
  http: { method: "POST", path: "/traces/erase" },
  preview: [
    { label: "execution", at: "/executionId" },
    { label: "legal basis", at: "/legalBasis" },
    { label: "reason", at: "/reason" },
  ],
  examples: [
    {
      title: "on request",
      input: { executionId: sample, reason: "asked for by the person", legalBasis: "GDPR article 17" },
      output: answerExamples["trace.erase"],
    },
    {
      title: "without a legal basis",
      input: { executionId: sample, reason: "asked for by the person" },
      fails: "/legalBasis",
    },
  ],
})
