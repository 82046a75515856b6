// One answer of each call of the control plane, from the same release as the events' examples.
// Owns: these values. Does not own: the shapes (each contract's own file); an answer that its contract does not give fails lint.

import type { Json, JsonObject } from "../json/json.ts"
import { sampleDigests, sampleIds, sampleTag, sampleTimes } from "./sample-release.ts"

const { execution: executionId, approval: approvalId, step: stepId, agent, reviewer } = sampleIds
const { requested, reviewed, ended, expires } = sampleTimes
const { contract, input, output } = sampleTag
const key = "tag"
const tree = [
  `${executionId}  git.tag.create@1  waiting  requested by ${agent}`,
  `└─ tag  git.tag.create@1  held  probeable  hold by start.write-probeable, waits for 2 of approver until ${expires}`,
].join("\n")
const url = `https://control.example.org/v1/executions/${executionId}`
const planned = { planId: sampleIds.plan, planDigest: sampleDigests.plan }
const standing = { tier: "high", mode: "assist", requiresApproval: true, url }
const held = [
  {
    approvalId,
    stepId,
    key,
    contract: contract.ref,
    tier: "high",
    needed: [{ role: "approver", count: 2 }],
    answered: 0,
    expiresAt: expires,
  },
]
const counts = {
  total: 1,
  completed: 0,
  failed: 0,
  blocked: 0,
  skipped: 0,
  undone: 0,
  inDoubt: 0,
  open: 1,
}
const obligations = {
  quorum: [{ role: "approver", count: 2 }],
  assurance: "key",
  timeouts: ["PT4H"],
  onTimeout: "expire",
  escalateTo: [],
  exclude: ["agentOwner"],
  grace: "PT5S",
  bulk: false,
}
const notMet = { needed: obligations.quorum, met: [], missing: obligations.quorum }
const because = "a person looks at what must not happen twice"
const listed = { executionId, status: "waiting", waitingFor: ["approval"], tier: "high", mode: "assist" }

/** A submission whose step waits for people. */
export const submittedHeld: JsonObject = {
  executionId,
  intentId: sampleIds.intent,
  status: "waiting",
  version: 6,
  duplicate: false,
  receivedAt: requested,
  ...planned,
  stepCount: 1,
  ...standing,
  held,
  head: { seq: 6, hash: sampleDigests.head },
}

/** A submission that ran to its end at once, and what it answered. */
export const submittedCompleted = (answer: Json): JsonObject => ({
  ...submittedHeld,
  status: "completed",
  tier: "low",
  mode: "autonomous",
  requiresApproval: false,
  held: [],
  happened: [],
  output: answer,
})

const reviewedItem = {
  approvalId,
  executionId,
  stepId,
  version: 7,
  reviewedAt: reviewed,
}

/** The items that a review names: what the reviewer saw. */
export const sampleItem = {
  executionId,
  approvalId,
  stepId,
  approvalDigest: sampleDigests.approval,
  planDigest: sampleDigests.plan,
}

/** The report of a rollout that changed the deadline of the tag while the tag waited for its second review. */
export const sampleDrift = {
  counts: { breaking: 0, risky: 1, safe: 0, notChecked: 0 },
  worst: [
    {
      rule: "C067",
      class: "risky",
      contract: contract.ref,
      at: "/limits/deadline",
      message: "git.tag.create@1 /limits/deadline: its deadline or attempts changed (PT30S → PT60S)",
    },
  ],
  live: {
    days: 30,
    looked: { open: 1, ended: 4, replayed: 0, erased: 0, unreadable: 0, cut: false },
    approvals: {
      count: 1,
      first: [{ contract: contract.ref, approvalId: sampleIds.approval, executionId: sampleIds.execution }],
    },
    executions: {
      count: 1,
      first: [{ contract: contract.ref, executionId: sampleIds.execution, status: "waiting" }],
    },
    inDoubt: { count: 0, first: [] },
    traces: { count: 0, first: [] },
    recorded: { count: 0, first: [] },
    users: { count: 0, first: [] },
  },
} as const

/** The answers, by the contract's name without `controlPlane.`. */
export const answerExamples = {
  "plan.compile": {
    ...planned,
    compiledAt: requested,
    stepCount: 1,
    capabilities: ["git.write"],
    rejections: [],
    tree: "git.tag.create@1  1 step\n└─ tag  git.tag.create@1  probeable",
  },
  "plan.verify": {
    ...planned,
    verdict: "hold",
    tier: "high",
    mode: "assist",
    requiresApproval: true,
    blockedReasons: [],
    steps: [
      {
        stepId,
        key,
        contract,
        open: false,
        decision: "hold",
        tier: "high",
        mode: "assist",
        obligations,
        reasons: [because],
      },
    ],
    missing: [],
    policySetDigest: sampleDigests.policySet,
    verifiedAt: requested,
    tree: "git.tag.create@1  1 step\n└─ tag  git.tag.create@1  probeable  hold by start.write-probeable",
  },
  "execution.start": {
    executionId,
    status: "waiting",
    version: 6,
    planId: sampleIds.plan,
    startedAt: requested,
  },
  "execution.approve": {
    results: [
      {
        ...reviewedItem,
        status: "open",
        quorum: {
          needed: obligations.quorum,
          met: [{ role: "approver", human: reviewer }],
          missing: [{ role: "approver", count: 1 }],
        },
      },
    ],
  },
  "execution.reject": { results: [{ ...reviewedItem, status: "rejected", quorum: notMet }] },
  "execution.cancel": {
    executionId,
    status: "cancelled",
    version: 8,
    cancelRequestedAt: reviewed,
    inFlight: [],
    toUndo: [],
  },
  "execution.pause": { executionId, status: "paused", version: 7, pausedAt: reviewed, inFlight: [stepId] },
  "execution.resume": { executionId, status: "waiting", version: 8, resumedAt: ended },
  "execution.retry": { executionId, status: "running", version: 13, stepId, generation: 1, retriedAt: ended },
  "execution.resolve": {
    executionId,
    stepId,
    status: "ready",
    generation: 0,
    version: 11,
    resolvedAt: ended,
  },
  "execution.evidence.export": {
    bundleId: "bun_01m7zhf1pm7vq0tnkq8y5h2c3d",
    bundleDigest: sampleDigests.bundle,
    bytes: 48_213,
    entryCount: 11,
    head: { seq: 11, hash: sampleDigests.head },
    completeness: "full",
    exportedAt: ended,
    bundle: "H4sIAAAAAAAAA…",
  },
  "execution.get": {
    executionId,
    intentId: sampleIds.intent,
    ...planned,
    environment: "production",
    requester: agent,
    channel: "http",
    origin: "contract",
    contract: contract.ref,
    ...standing,
    status: "waiting",
    waitingFor: ["approval"],
    version: 6,
    head: { seq: 6, hash: sampleDigests.head },
    labels: [],
    createdAt: requested,
    startedAt: requested,
    updatedAt: requested,
    stepCounts: counts,
    pendingApprovals: 1,
    inDoubt: 0,
    held,
    steps: [
      {
        stepId,
        key,
        role: "do",
        contract,
        effect: "probeable",
        tier: "high",
        mode: "assist",
        status: "held",
        generation: 0,
        attempt: 0,
        approvalId,
      },
    ],
    tree,
  },
  "execution.list": {
    items: [
      {
        ...listed,
        contract: contract.ref,
        requester: agent,
        channel: "http",
        stepCounts: counts,
        pendingApprovals: 1,
        inDoubt: 0,
        createdAt: requested,
        updatedAt: requested,
      },
    ],
    totalAtLeast: 1,
    asOf: reviewed,
  },
  "approval.list": {
    items: [
      {
        ...sampleItem,
        inputDigest: sampleDigests.input,
        previewDigest: sampleDigests.preview,
        stepKey: key,
        contract,
        effect: "probeable",
        irreversible: false,
        tier: "high",
        status: "open",
        requester: agent,
        requestedAt: requested,
        expiresAt: expires,
        fallback: "expire",
        level: 0,
        obligations,
        quorum: notMet,
        reasons: [{ ruleId: "start.write-probeable", text: because }],
        preview: [
          { label: "Repository", value: input.repository },
          { label: "Tag", value: input.tag },
        ],
        canReview: { allowed: false, because: "SEPARATION_OF_DUTIES" },
        bulkKey: sampleDigests.bulk,
      },
    ],
    counts: { low: 0, medium: 0, high: 1 },
    totalAtLeast: 1,
    asOf: reviewed,
  },
  "quarantine.list": {
    items: [
      {
        messageId: "release-1.3.0",
        reason: "unreadable",
        principal: agent,
        deliveries: 1,
        bodyBytes: 512,
        at: requested,
      },
    ],
    asOf: reviewed,
  },
  "trace.get": {
    executionId,
    head: { seq: 11, hash: sampleDigests.head },
    chainOk: true,
    nextSeq: 9,
    entries: [
      {
        seq: 8,
        kind: "controlPlane.execution.step.started@1",
        stage: "action",
        time: reviewed,
        head: {
          v: 1,
          environment: "production",
          tenant: "acme",
          executionId,
          seq: 8,
          kind: "controlPlane.execution.step.started@1",
          kindDigest: sampleDigests.kind,
          time: reviewed,
          fence: 1,
          principal: { id: agent, kind: "agent" },
          onBehalfOf: null,
          session: null,
          capabilitySource: { capability: "git.write", grantId: sampleIds.grant, source: "owner" },
          breakGlassId: null,
          payloadDigest: sampleDigests.payload,
          traceparent: null,
        },
        prevHash: sampleDigests.previous,
        hash: sampleDigests.entry,
        payloadState: "erased",
      },
    ],
  },
  "policy.explain": {
    decision: "hold",
    tier: "high",
    mode: "assist",
    determining: [
      {
        ruleId: "start.write-probeable",
        effect: "permit",
        tier: "medium",
        reason: because,
        source: { file: "start.cedar", line: 31 },
      },
    ],
    nearMisses: [],
    obligations,
    floor: { tier: "high", because: ["contract"] },
    policySetDigest: sampleDigests.policySet,
    sliceDigest: sampleDigests.slice,
    engineDigest: sampleDigests.engine,
    matchesRecorded: true,
    evaluatedAt: reviewed,
    text: `hold, tier high: ${because} (start.write-probeable)`,
  },
  "policy.read": {
    policySetDigest: sampleDigests.policySet,
    texts: [{ layer: "tenant", name: "start.cedar", text: "permit (principal, action, resource);" }],
    modeMap: {
      format: "counterfoil.mode-map/1",
      default: { low: "autonomous", medium: "assist", high: "assist" },
      overrides: [],
      exceptions: [],
    },
  },
  "contract.list": {
    items: [
      {
        ref: "git.release.cut@1",
        version: "1.0.0",
        kind: "intent",
        digest: sampleDigests.intent,
        documentDigest: sampleDigests.document,
        capability: "git.write",
        stability: "beta",
        owners: ["ai-runtime"],
        tags: ["git", "release"],
        title: "Cut a release",
        goal: "A release of a repository: notes from the log since its last tag, in the changelog, committed and tagged.",
        context:
          "When the branch is ready. The branch must not move before the commit is approved; then submit again. Pushes nothing.",
      },
    ],
    totalAtLeast: 1,
    asOf: requested,
  },
  "contract.adopt": sampleDrift,
  "contract.drift": {
    lock: sampleDigests.lockAfter,
    since: ended,
    live: {
      ...sampleDrift.live,
      looked: { open: 1, ended: 0, replayed: 0, erased: 0, unreadable: 0, cut: false },
    },
    rollouts: [
      {
        executionId: sampleIds.rollout,
        status: "completed",
        at: ended,
        from: sampleDigests.lockBefore,
        to: sampleDigests.lockAfter,
        drift: sampleDrift,
      },
    ],
    asOf: ended,
  },
  "policy.activate": { policySetDigest: sampleDigests.policySet, activatedAt: reviewed },
  "capability.introduce": { grantId: sampleIds.grant, givenAt: reviewed },
  "grant.give": { grantId: sampleIds.grant, givenAt: reviewed },
  "grant.revoke": { grantId: sampleIds.grant, revokedAt: reviewed },
  "principal.add": { principalId: agent, addedAt: reviewed },
  "principal.disable": { principalId: agent, disabledAt: reviewed },
  "principal.enable": { principalId: agent, enabledAt: reviewed },
  "owner.recover": {
    principalId: sampleIds.owner,
    policySetDigest: sampleDigests.policySet,
    recoveredAt: reviewed,
  },
  "trace.erase": { payloads: 12, executions: 1, erasedAt: reviewed },
} as const satisfies { readonly [call: string]: JsonObject }

/** The answer of a submission that reads a log: it completes at once and needs no approval. */
export const logAnswer: JsonObject = {
  head: output.commit,
  since: "v1.2.0",
  commits: [{ commit: output.commit, subject: "Say what the release changes", at: "2026-11-21T16:58:03Z" }],
  more: false,
}
