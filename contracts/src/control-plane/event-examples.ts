// One example of each event's payload, as a release of a repository leaves them in its trace.
// Owns: these values. Does not own: the shapes (trace/facts.ts); a contract with an example that it refuses fails lint.

import type { Json } from "../json/json.ts"
import type { EntryKind } from "../trace/facts.ts"
import { sampleDrift } from "./answer-examples.ts"
import { sampleDigests, sampleIds, sampleTag, sampleTimes } from "./sample-release.ts"

/** An event's example: a title, and a payload that its schema accepts. */
interface EventExample {
  readonly title: string
  readonly payload: { readonly [field: string]: Json }
}

const {
  execution: executionId,
  approval: approvalId,
  agent,
  owner,
  reviewer,
  grant: grantId,
  step: stepId,
} = sampleIds
const { requested: requestedAt, expires: expiresAt } = sampleTimes
const { contract, input, output } = sampleTag
const key = "7b84ab5e9301e43fc38ba2754d7618e44d75b9ea5ea9f8019f7f1d2e487dd8ac"
const planned = { planId: sampleIds.plan, planDigest: sampleDigests.plan }
const step = { stepId, key: "tag", generation: 0 }
const attempt = { ...step, role: "do", attempt: 1 }
const ask = { contract: contract.ref, input }
const draft = {
  format: "counterfoil.draft/1",
  steps: [{ key: "tag", contract: contract.ref, input }],
  output: { $from: "tag", at: "" },
}
const plan = {
  format: "counterfoil.plan/1",
  compiler: 1,
  origin: "contract",
  intent: {
    contract: contract.ref,
    contractDigest: sampleDigests.contract,
    inputDigest: sampleDigests.input,
  },
  bounds: { deadline: "P30D", instances: 1, parallel: 16 },
  capabilities: ["git.write"],
  steps: [
    {
      key: "tag",
      contract: contract.ref,
      version: contract.version,
      contractDigest: sampleDigests.contract,
      capability: "git.write",
      effect: "probeable",
      irreversible: false,
      floor: "medium",
      input,
      needs: [],
      after: [],
      when: null,
      each: null,
      undo: null,
      attempt: { deadline: "PT30S", max: 3 },
      resource: { kind: "repository", at: "/repository" },
      skillDigest: null,
      taint: [],
    },
  ],
  output: draft.output,
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
const member = {
  id: agent,
  kind: "agent",
  tenant: "acme",
  owner,
  enabled: true,
  roles: [],
  grants: [
    {
      grantId,
      principal: agent,
      capability: "git.write",
      scope: { level: "own" },
      source: "owner",
      expiresAt: "2026-12-21T00:00:00.000Z",
    },
  ],
}
const floor = { tier: "medium", because: ["class probeable"] }
const request = {
  format: "counterfoil.policy-request/1",
  environment: "production",
  tenant: "acme",
  contract,
  capability: "git.write",
  effect: "probeable",
  irreversible: false,
  floor,
  taint: [],
  chain: [member],
  resource: { kind: "repository", id: "website" },
  object: null,
  input: { repository: "website", tag: "v1.3.0" },
  inputDigest: sampleDigests.input,
  call: {
    channel: "http",
    assurance: "session",
    origin: "contract",
    labels: [],
    planSteps: 1,
    now: requestedAt,
  },
  minimumMode: "autonomous",
  breakGlass: null,
}
const verdict = {
  core: {
    decision: "hold",
    tier: "high",
    mode: "assist",
    blockReason: null,
    determining: ["start.write-probeable"],
    forbids: [],
    obligations,
    floor,
    chain: [agent],
    contractDigest: sampleDigests.contract,
    inputDigest: sampleDigests.input,
    sliceDigest: sampleDigests.slice,
    breakGlassId: null,
  },
  circumstances: {
    adapter: 1,
    engine: { name: "cedar-wasm", version: "4.13.0", digest: sampleDigests.engine },
    policySetDigest: sampleDigests.policySet,
    schemaDigest: sampleDigests.schema,
    modeMapDigest: sampleDigests.modeMap,
    requestDigest: sampleDigests.request,
    grants: [grantId],
    errors: [],
  },
}
const statement = {
  format: "counterfoil.approval/1",
  environment: "production",
  tenant: "acme",
  executionId,
  stepId,
  generation: 0,
  level: 0,
  tier: "high",
  contract,
  skillDigest: null,
  planDigest: sampleDigests.plan,
  inputDigest: sampleDigests.input,
  previewDigest: sampleDigests.preview,
  sliceDigest: sampleDigests.slice,
  verdictDigest: sampleDigests.verdict,
  idempotencyKey: key,
  obligations,
  authors: [agent],
  requesterChain: [agent],
  excluded: [owner],
  nonce: key,
  requestedAt,
  expiresAt,
}
const counts = {
  total: 1,
  completed: 0,
  failed: 0,
  blocked: 0,
  skipped: 0,
  undone: 0,
  inDoubt: 0,
  open: 0,
}
const failure = {
  code: "HANDLER_REJECTED",
  message: "A tag of this name exists already.",
  retryable: false,
  providerCode: "TAG_EXISTS",
}

const of = (title: string, payload: EventExample["payload"]): EventExample => ({ title, payload })

/** The example of every entry kind. */
export const eventExamples: { readonly [K in EntryKind]: EventExample } = {
  "controlPlane.intent.received@1": of("an agent asks for a tag", {
    intentId: sampleIds.intent,
    as: ask,
    contract,
    keyDigest: sampleDigests.key,
    channel: "http",
    assurance: "session",
    requesterChain: [member],
    labels: [],
    start: "auto",
    minimumMode: "autonomous",
    registryDigest: sampleDigests.registry,
    runtime: { version: "0.1.0", engineDigest: sampleDigests.engine },
  }),
  "controlPlane.plan.compiled@1": of("one step", {
    ...planned,
    draftDigest: sampleDigests.draft,
    draft,
    plan,
    origin: "contract",
    author: agent,
    compilerVersion: 1,
    contracts: [contract],
    stepCount: 1,
    capabilities: ["git.write"],
    onFailure: "stop",
  }),
  "controlPlane.plan.rejected@1": of("a contract that does not exist", {
    draft: { ...draft, steps: [{ key: "tag", contract: "git.tag.move@1", input: {} }] },
    rejections: [
      { code: "CONTRACT_UNKNOWN", at: "/steps/0/contract", message: "No contract has this name." },
    ],
  }),
  "controlPlane.policy.decided@1": of("people have to look", {
    ...step,
    role: "do",
    phase: "binding",
    verdict,
    verdictDigest: sampleDigests.verdict,
    request,
    requestDigest: sampleDigests.request,
  }),
  "controlPlane.approval.requested@1": of("two approvers, with their keys", {
    approvalId,
    approvalDigest: sampleDigests.approval,
    statement,
    ...step,
    role: "do",
    tier: "high",
    obligations,
    reasons: [{ ruleId: "start.write-probeable", text: "a person looks at what must not happen twice" }],
    preview: [
      { label: "Repository", value: "website" },
      { label: "Tag", value: "v1.3.0" },
    ],
    previewDigest: sampleDigests.preview,
    excluded: [owner],
    expiresAt,
    fallback: "expire",
    level: 0,
  }),
  "controlPlane.approval.reviewed@1": of("the second of two", {
    approvalId,
    reviewId: sampleIds.reviews[0],
    decision: "approve",
    human: reviewer,
    roles: ["approver"],
    assurance: "session",
    method: "session",
    channel: "console",
    note: "checked the notes",
    late: false,
    status: "approved",
    quorum: {
      needed: [{ role: "approver", count: 1 }],
      met: [{ role: "approver", human: reviewer }],
      missing: [],
    },
    notBefore: "2026-11-21T17:11:03.180Z",
    openMs: 418,
  }),
  "controlPlane.approval.escalated@1": of("no one answered in time", {
    approvalId,
    toApprovalId: "apr_01m7zhckh9e3xwpwwgjmmp39qe",
    level: 1,
    toRole: "release-leads",
    because: "timeout",
  }),
  "controlPlane.approval.expired@1": of("no one answered in time", { approvalId, fallback: "expire" }),
  "controlPlane.approval.voided@1": of("the policy changed", { approvalId, because: "policyChanged" }),
  "controlPlane.execution.started@1": of("at submit", { ...planned, minimumMode: "autonomous" }),
  "controlPlane.execution.step.started@1": of("after two reviews", {
    ...attempt,
    contract,
    effect: "probeable",
    input,
    inputDigest: sampleDigests.input,
    idempotencyKey: key,
    verdictDigest: sampleDigests.verdict,
    approvalId,
    approvalDigest: sampleDigests.approval,
    reviewIds: sampleIds.reviews,
    deadline: "2026-11-21T17:12:33.180Z",
    worker: "wrk_01m7zhcc3v9gm8pr4mkavraggz",
  }),
  "controlPlane.execution.step.blocked@1": of("a person said no", {
    ...step,
    role: "do",
    reason: "approvalRejected",
    approvalId,
    message: "A person rejected it.",
  }),
  "controlPlane.execution.step.completed@1": of("by the handler", {
    ...attempt,
    output,
    outputDigest: sampleDigests.output,
    source: "handler",
    durationMs: 114,
    late: false,
  }),
  "controlPlane.execution.step.failed@1": of("the tag is there already", {
    ...attempt,
    final: true,
    error: failure,
    source: "handler",
    durationMs: 31,
  }),
  "controlPlane.execution.step.inDoubt@1": of("no answer came, and the probe cannot tell", {
    ...attempt,
    because: "probeInconclusive",
    deadline: "2026-11-21T17:12:33.180Z",
    dependants: ["announce"],
  }),
  "controlPlane.execution.step.resolved@1": of("a person looked", {
    ...attempt,
    outcome: "didNotHappen",
    next: "runAgain",
    evidence: [{ kind: "providerRecord", ref: "git ls-remote --tags: no v1.3.0" }],
    reason: "the repository has no tag of this name",
  }),
  "controlPlane.execution.step.skipped@1": of("an earlier step failed", {
    ...step,
    because: "dependencyFailed",
  }),
  "controlPlane.execution.step.undone@1": of("the tag is gone again", {
    ...step,
    undoStepId: "stp_40erpdsv8t72hgkb1h7w9vrfa8",
  }),
  "controlPlane.execution.paused@1": of("by an operator", {
    because: "operator",
    reason: "incident 42",
    inFlight: [stepId],
  }),
  "controlPlane.execution.resumed@1": of("by an operator", {
    cause: "operator",
    reason: "incident 42 is over",
  }),
  "controlPlane.execution.cancelRequested@1": of("before the tag", {
    reason: "wrong version number",
    undo: "none",
    inFlight: [],
    toUndo: [],
  }),
  "controlPlane.execution.cancelled@1": of("before the tag", {
    reason: "wrong version number",
    undone: [],
    stepCounts: { ...counts, skipped: 1 },
  }),
  "controlPlane.execution.completed@1": of("the tag is there", {
    outcome: "all",
    output,
    outputDigest: sampleDigests.output,
    stepCounts: { ...counts, completed: 1 },
  }),
  "controlPlane.execution.failed@1": of("the tag was there already", {
    failure: { ...failure, code: "STEP_FAILED" },
    undone: [],
    stepCounts: { ...counts, failed: 1 },
  }),
  "controlPlane.policy.activated@1": of("the freeze is over", {
    layer: "freeze",
    policyTexts: [],
    policySetDigest: sampleDigests.policySet,
  }),
  "controlPlane.grant.given@1": of("an approver", {
    grantId,
    principal: reviewer,
    role: "approver",
    expiresAt: "2026-12-21T00:00:00.000Z",
    reason: "joined the team",
  }),
  "controlPlane.grant.revoked@1": of("left the team", { grantId, reason: "left the team" }),
  "controlPlane.principal.added@1": of("an agent", {
    principalId: agent,
    kind: "agent",
    name: "release-agent",
    owner,
  }),
  "controlPlane.principal.disabled@1": of("retired", {
    principalId: agent,
    reason: "replaced by another agent",
  }),
  "controlPlane.owner.recovered@1": of("the only owner left", {
    principalId: owner,
    policySetDigest: sampleDigests.policySet,
    reason: "the only owner left, her token is lost",
  }),
  "controlPlane.principal.enabled@1": of("back again", {
    principalId: agent,
    reason: "the incident is over",
  }),
  "controlPlane.contract.drifted@1": of("a rollout with another deadline", {
    from: sampleDigests.lockBefore,
    to: sampleDigests.lockAfter,
    ...sampleDrift,
  }),
  "controlPlane.trace.erased@1": of("on request", {
    executionId,
    payloads: 12,
    legalBasis: "GDPR article 17",
    reason: "asked for by the person",
  }),
}
