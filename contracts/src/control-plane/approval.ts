// The queue: reading it, approving, rejecting and withdrawing.
// Owns: those contracts. Does not own: quorum and separation of duties (policy), nor the life of a request (executor core).
// Keeps INV-06: only humans are allowed by kind, before any policy is asked.

import { z } from "zod"
import {
  ApprovalId,
  ApprovalStatus,
  ContractRef,
  Digest,
  ExecutionId,
  Key,
  PrincipalId,
  Reason,
  ReasonCode,
  StepId,
  Tier,
  Time,
  Version,
  text,
} from "../primitives.ts"
import { ApprovalHindrance, QuorumState, SignedReview } from "../approval/approval.ts"
import { Problem } from "../errors/problem.ts"
import { declareCommand, declareQuery } from "../define/define.ts"
import { ApprovalItem, pageFields, pageInput } from "./answers.ts"
import { answerExamples, sampleItem } from "./answer-examples.ts"
import { metaOf } from "./meta.ts"

/** Most requests that one act may answer: as many as a person can still look at. */
export const bulkItemsMax = 20

const items = z
  .array(
    z.strictObject({
      executionId: ExecutionId,
      approvalId: ApprovalId,
      stepId: StepId,
      approvalDigest: Digest,
      planDigest: Digest,
    }),
  )
  .min(1)
  .max(bulkItemsMax)

const results = z.array(
  z.strictObject({
    approvalId: ApprovalId,
    executionId: ExecutionId,
    stepId: StepId,
    status: ApprovalStatus.optional(),
    quorum: QuorumState.optional(),
    version: Version.optional(),
    reviewedAt: Time,
    duplicate: z.boolean().optional(),
    /** Why the step does not start although its people agree; absent when nothing is in its way. */
    hindered: ApprovalHindrance.optional(),
    error: Problem.optional(),
  }),
)

const reviewing = {
  version: "1.1.0",
  path: "control",
  effect: "natural",
  capability: "control-plane.approval",
  auth: { kinds: ["human"] },
  errors: [
    "NOT_AN_APPROVER",
    "SEPARATION_OF_DUTIES",
    "ASSURANCE_TOO_LOW",
    "SIGNATURE_INVALID",
    "SIGNATURE_STALE",
    "DIGEST_STALE",
    "APPROVAL_CLOSED",
    "ALREADY_REVIEWED",
    "BULK_NOT_ALLOWED",
    "NOT_FOUND",
  ],
} as const

export const executionApprove = declareCommand({
  ...reviewing,
  name: "controlPlane.execution.approve",
  errors: [...reviewing.errors, "RESUME_REFUSED"],
  emits: ["controlPlane.approval.reviewed@1"],
  meta: metaOf("approval", {
    title: "Approve held steps",
    goal: "A person's yes, bound to exactly what will run.",
    context:
      "Each item names the digests that the person saw; anything that changed since answers DIGEST_STALE, and a request whose contract is gone RESUME_REFUSED. Tier high needs a signature. `hindered` says why an approved step does not start yet, or at all.",
  }),
  input: z.strictObject({
    key: Key,
    items,
    note: text(1_000).optional(),
    signature: SignedReview.optional(),
  }),
  output: z.strictObject({ results }),
  http: { method: "POST", path: "/approvals/approve" },
  examples: [
    {
      title: "one step",
      input: { key: "review-1", items: [sampleItem] },
      output: answerExamples["execution.approve"],
    },
    { title: "nothing", input: { key: "review-1", items: [] }, fails: "/items" },
  ],
})

export const executionReject = declareCommand({
  ...reviewing,
  name: "controlPlane.execution.reject",
  emits: ["controlPlane.approval.reviewed@1", "controlPlane.execution.step.blocked@1"],
  meta: metaOf("approval", {
    title: "Reject held steps",
    goal: "A person's no, with the reason that the requester receives.",
    context:
      "Also withdraws one's own approval before it is used. A rejection ends the step; its requester should not ask again unchanged.",
  }),
  input: z.strictObject({
    key: Key,
    items,
    decision: z.enum(["reject", "withdraw"]).optional(),
    reason: Reason,
    reasonCode: ReasonCode,
    signature: SignedReview.optional(),
  }),
  output: z.strictObject({ results }),
  http: { method: "POST", path: "/approvals/reject" },
  examples: [
    {
      title: "wrong target",
      input: { key: "review-2", items: [sampleItem], reason: "wrong repository", reasonCode: "wrongTarget" },
      output: answerExamples["execution.reject"],
    },
    {
      title: "without a reason",
      input: { key: "review-2", items: [sampleItem], reasonCode: "wrongTarget" },
      fails: "/reason",
    },
  ],
})

export const approvalList = declareQuery({
  name: "controlPlane.approval.list",
  version: "1.4.0",
  path: "read",
  capability: "control-plane.approval",
  auth: { kinds: ["human", "service", "agent"] },
  meta: metaOf("approval", {
    title: "Read the queue",
    goal: "What waits for people, what expires first, and whether you may decide it.",
    context:
      "Sorted by expiry. canReview gives the same answer, with the same reason, that a review would get.",
  }),
  input: z.strictObject({
    status: z.array(ApprovalStatus).max(7).optional(),
    tier: z.array(Tier).max(3).optional(),
    contract: ContractRef.optional(),
    requester: PrincipalId.optional(),
    executionId: ExecutionId.optional(),
    approvalId: ApprovalId.optional(),
    expiresBefore: Time.optional(),
    ...pageInput,
  }),
  output: z.strictObject({
    items: z.array(ApprovalItem),
    counts: z.strictObject({ low: z.int(), medium: z.int(), high: z.int() }),
    totalAtLeast: z.int(),
    ...pageFields,
  }),
  errors: ["CURSOR_INVALID"],
  http: { method: "GET", path: "/approvals" },
  examples: [
    { title: "open ones", input: { status: ["open"], limit: 20 }, output: answerExamples["approval.list"] },
    { title: "a status of executions", input: { status: ["waiting"] }, fails: "/status/0" },
  ],
})
