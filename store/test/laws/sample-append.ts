// Appends for laws and benchmarks: real entries with real digests, made-up facts.
// Owns: defaults that fit each other. Does not own: what a real execution would write (executor).

import {
  emptyHead,
  sealEntries,
  type ApprovalId,
  type ApprovalStatus,
  type Attribution,
  type CallbackId,
  type CapabilityName,
  type ContractRef,
  type Digest,
  type EntryDraft,
  type Environment,
  type ExecutionId,
  type ExecutionStatus,
  type Fence,
  type IntentId,
  type PrincipalId,
  type StepId,
  type StepKey,
  type TenantId,
  type Tier,
  type Time,
  type TraceHead,
} from "@counterfoil/contracts"
import { id26 } from "@counterfoil/contracts/digest"
import type { Append, ApprovalRow, ExecutionRow, InboxRow } from "@counterfoil/contracts/ports"
import { createHash, randomBytes } from "node:crypto"

/** The environment of all samples. */
export const sampleEnvironment = "test" as Environment

/** The digest of a text, for wherever any digest will do. */
export const sampleDigest = (text: string): Digest =>
  `sha256:${createHash("sha256").update(text).digest("hex")}` as Digest

/** A new id with this prefix. */
export const sampleId = <T extends string>(prefix: string): T => `${prefix}_${id26(randomBytes(16))}` as T

/** A tenant that no other test uses. */
export const sampleTenant = (): TenantId => `t${randomBytes(8).toString("hex")}` as TenantId

/** The requester of all samples that name no other. */
const sampleRequester = "agt_01kaz3v8g0e8r4n2t6w0y3b5d8" as PrincipalId

/** What may differ between samples; everything else has a default. */
export interface SampleOptions {
  readonly tenant: TenantId
  readonly executionId?: ExecutionId
  readonly after?: TraceHead
  readonly fence?: number
  readonly entries?: number
  readonly note?: string
  readonly status?: ExecutionStatus
  readonly tier?: Tier | null
  readonly wakeAt?: string | null
  readonly time?: string
  readonly endedAt?: string | null
  readonly key?: string
  readonly body?: string
  readonly requester?: PrincipalId
  readonly onBehalfOf?: PrincipalId | null
  readonly labels?: readonly string[]
  readonly inDoubt?: number
  readonly leaseTo?: NonNullable<Append["create"]>["leaseTo"]
  readonly goesFirst?: boolean
  readonly blobs?: Append["blobs"]
  readonly approvals?: readonly ApprovalRow[]
  /** The callback that announces the last entry. */
  readonly callback?: CallbackId
}

const by: Attribution = {
  principal: { id: sampleRequester, kind: "agent" },
  onBehalfOf: null,
  session: null,
  capabilitySource: null,
  breakGlassId: null,
  traceparent: null,
}

/** An append that continues `after`, or creates an execution; `entries` facts, the last of them with `note`. */
export function sampleAppend(options: SampleOptions): Append {
  const { tenant } = options
  const executionId = options.executionId ?? sampleId<ExecutionId>("exe")
  const time = (options.time ?? "2026-11-21T08:35:00.000Z") as Time
  const expect = options.after ?? emptyHead(sampleEnvironment, tenant, executionId)
  const fence = (options.fence ?? 0) as Fence
  const drafts = Array.from({ length: options.entries ?? 1 }, (_, i): EntryDraft => ({
    kind: "controlPlane.execution.resumed@1",
    payload: { cause: "operator", reason: `${options.note ?? "because"} ${i} \u0000 "quoted" \\ é 😀` },
    by,
  }))
  const sealed = sealEntries(
    {
      environment: sampleEnvironment,
      tenant,
      executionId,
      after: expect,
      fence,
      time,
      kindDigest: (kind) => sampleDigest(kind),
    },
    drafts,
  )
  const [first, ...rest] = sealed
  const last = sealed.at(-1)
  if (first === undefined || last === undefined) throw new Error("a sample has at least one entry")
  const execution: ExecutionRow = {
    executionId,
    intentId: sampleId<IntentId>("int"),
    tenant,
    environment: sampleEnvironment,
    status: options.status ?? "running",
    waitingFor: [],
    requester: options.requester ?? sampleRequester,
    onBehalfOf: options.onBehalfOf ?? null,
    contract: "support.refund@1" as ContractRef,
    channel: "http",
    origin: "contract",
    labels: options.labels ?? [],
    planId: null,
    planDigest: null,
    tier: options.tier ?? null,
    mode: null,
    requiresApproval: false,
    stepCounts: { total: 0, completed: 0, failed: 0, blocked: 0, skipped: 0, undone: 0, inDoubt: 0, open: 0 },
    pendingApprovals: options.approvals?.filter((approval) => approval.status === "open").length ?? 0,
    inDoubt: options.inDoubt ?? 0,
    inDoubtSince: (options.inDoubt ?? 0) > 0 ? time : null,
    createdAt: time,
    startedAt: null,
    updatedAt: time,
    endedAt: (options.endedAt ?? null) as Time | null,
    deadline: null,
    head: { seq: last.head.seq, hash: last.hash },
    wakeAt: (options.wakeAt ?? null) as Time | null,
  }
  const inbox: InboxRow = {
    tenant,
    principal: options.requester ?? sampleRequester,
    contract: "support.refund@1" as ContractRef,
    keyDigest: sampleDigest(options.key ?? executionId),
    requestDigest: sampleDigest(options.body ?? "body"),
  }
  return {
    tenant,
    executionId,
    fence,
    expect,
    entries: [first, ...rest],
    execution,
    approvals: options.approvals ?? [],
    blobs: options.blobs ?? [],
    callback: options.callback === undefined ? null : { callbackId: options.callback, seq: last.head.seq },
    create:
      expect.seq === 0
        ? { inbox, leaseTo: options.leaseTo ?? null, goesFirst: options.goesFirst ?? false }
        : null,
  }
}

/** The append that comes after another one. */
export const sampleNext = (append: Append, options: Omit<SampleOptions, "tenant"> = {}): Append =>
  sampleAppend({
    tenant: append.tenant,
    executionId: append.executionId,
    after: append.execution.head,
    fence: append.fence,
    requester: append.execution.requester,
    ...options,
  })

/** An approval request of an execution. */
export function sampleApproval(
  tenant: TenantId,
  executionId: ExecutionId,
  options: {
    readonly id?: ApprovalId
    readonly status?: ApprovalStatus
    readonly tier?: Tier
    readonly inputDigest?: Digest
    readonly expiresAt?: string
    readonly requester?: PrincipalId
    readonly onBehalfOf?: PrincipalId
  },
): ApprovalRow {
  return {
    approvalId: options.id ?? sampleId<ApprovalId>("apr"),
    approvalDigest: sampleDigest("approval"),
    tenant,
    executionId,
    planDigest: sampleDigest("plan"),
    inputDigest: options.inputDigest ?? sampleDigest("input"),
    previewDigest: sampleDigest("preview"),
    stepId: "stp_01kaz3v8g0e8r4n2t6w0y3b5d8" as StepId,
    stepKey: "refund" as StepKey,
    contract: {
      ref: "payments.refund@1" as ContractRef,
      version: "1.0.0",
      digest: sampleDigest("contract"),
    } as ApprovalRow["contract"],
    effect: "keyed",
    irreversible: false,
    tier: options.tier ?? "medium",
    status: options.status ?? "open",
    requester: options.requester ?? sampleRequester,
    onBehalfOf: options.onBehalfOf ?? null,
    requestedAt: "2026-11-21T08:35:00.000Z" as Time,
    notBefore: null,
    expiresAt: (options.expiresAt ?? "2026-11-22T08:35:00.000Z") as Time,
    fallback: "reject",
    level: 0,
    obligations: {
      quorum: [],
      assurance: "session",
      timeouts: [],
      onTimeout: "reject",
      escalateTo: [],
      grace: "PT0S" as ApprovalRow["obligations"]["grace"],
      bulk: false,
      exclude: [],
    },
    quorum: { needed: [], met: [], missing: [] },
    reasons: [],
    preview: [{ label: "Amount", value: "42.00 EUR" }],
    excluded: [],
    bulkKey: sampleDigest("bulk"),
  }
}

/** A capability for directory laws. */
export const sampleCapability = "control-plane.core" as CapabilityName
