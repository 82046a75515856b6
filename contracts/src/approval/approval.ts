// Approval statements and reviews: what people are asked, bound by digest, and what they answered.
// Owns: their shapes. Does not own: tallying (policy) or the life of a request (executor).
// Keeps INV-02 (an approval is bound to the digests of exactly one step's input under one policy slice).

import { z } from "zod"
import {
  ApprovalId,
  Assurance,
  ContractPin,
  Digest,
  Environment,
  ExecutionId,
  HumanId,
  IdempotencyKey,
  PrincipalId,
  ReasonCode,
  ReviewDecision,
  RoleName,
  SessionId,
  StepId,
  TenantId,
  Tier,
  Time,
  type Immutable,
} from "../primitives.ts"
import { Obligations } from "../policy/verdict.ts"

/** The question to an approver; a review names its digest. */
export const ApprovalStatement = z.strictObject({
  format: z.literal("counterfoil.approval/1"),
  environment: Environment,
  tenant: TenantId,
  executionId: ExecutionId,
  planDigest: Digest,
  stepId: StepId,
  generation: z.int().min(0),
  contract: ContractPin,
  skillDigest: Digest.nullable(),
  inputDigest: Digest,
  idempotencyKey: IdempotencyKey,
  verdictDigest: Digest,
  sliceDigest: Digest,
  tier: Tier,
  obligations: Obligations,
  requesterChain: z.array(PrincipalId),
  authors: z.array(PrincipalId),
  /** Who may not answer, sorted. A signature over the statement covers this list, so that no later copy can show another one. */
  excluded: z.array(PrincipalId),
  previewDigest: Digest,
  level: z.int().min(0),
  nonce: z.string().regex(/^[0-9a-f]{64}$/),
  requestedAt: Time,
  expiresAt: Time,
})
export type ApprovalStatement = Immutable<z.infer<typeof ApprovalStatement>>

/**
 * Why a step does not start although its people agree: the execution is paused until it is resumed; it is ending or out of time,
 * and starts nothing more; or policy judges the step otherwise now, and the request becomes void and another may be opened.
 */
export const ApprovalHindrance = z.enum(["paused", "ending", "deadlinePassed", "policyChanged"])
export type ApprovalHindrance = z.infer<typeof ApprovalHindrance>

/** One label and value that an approver reads; made from the exact input, never from an agent's prose. */
export const PreviewLine = z.strictObject({ label: z.string(), value: z.string() })
export type PreviewLine = Immutable<z.infer<typeof PreviewLine>>

/**
 * The payload that a reviewer's key signs, in canonical form. `reasonDigest` is the SHA-256 of the reason or note as UTF-8, null
 * when there is none; `reasonCode` is in it exactly when the review has one. One payload counts once for each request.
 */
export const SignedReviewPayload = z.strictObject({
  format: z.literal("counterfoil.review/1"),
  decision: ReviewDecision,
  human: HumanId,
  method: z.literal("ed25519"),
  origin: z.string().min(1).max(300),
  at: Time,
  reasonDigest: Digest.nullable(),
  reasonCode: ReasonCode.optional(),
  items: z
    .array(z.strictObject({ approvalDigest: Digest, planDigest: Digest, previewDigest: Digest }))
    .min(1)
    .max(20),
})
export type SignedReviewPayload = Immutable<z.infer<typeof SignedReviewPayload>>

/** A DSSE envelope with one ed25519 signature over the PAE of its payload. */
export const SignedReview = z.strictObject({
  payloadType: z.literal("application/vnd.counterfoil.review+json"),
  payload: z
    .string()
    .max(64 * 1024)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/),
  signatures: z
    .array(
      z.strictObject({
        keyid: z.string().regex(/^[0-9a-f]{64}$/),
        sig: z
          .string()
          .max(200)
          .regex(/^[A-Za-z0-9+/]*={0,2}$/),
      }),
    )
    .length(1),
})
export type SignedReview = Immutable<z.infer<typeof SignedReview>>

/**
 * Where the token that gives a review came from. `start`: the first start or an owner's recovery printed it. `signIn`: the
 * person's own sign-in made it; `by` made that sign-in, which worked once. `person`: `by` made it, or the one that it was made
 * with, and may have kept a copy.
 */
export const TokenOrigin = z.discriminatedUnion("from", [
  z.strictObject({ from: z.literal("start") }),
  z.strictObject({ from: z.literal("signIn"), signIn: SessionId, by: HumanId }),
  z.strictObject({ from: z.literal("person"), by: HumanId }),
])
export type TokenOrigin = Immutable<z.infer<typeof TokenOrigin>>

/** A person who answered, with where their token came from. */
export const ReviewToken = z.strictObject({ human: HumanId, token: TokenOrigin })
export type ReviewToken = Immutable<z.infer<typeof ReviewToken>>

/** Which slots of a quorum are filled. */
export const QuorumState = z.strictObject({
  needed: z.array(z.strictObject({ role: RoleName, count: z.int() })),
  met: z.array(z.strictObject({ role: RoleName, human: HumanId })),
  missing: z.array(z.strictObject({ role: RoleName, count: z.int() })),
})
export type QuorumState = Immutable<z.infer<typeof QuorumState>>

/** One person's answer, as the tally sees it; ordered by when it was given. */
export const ReviewFact = z.strictObject({
  approvalId: ApprovalId,
  human: HumanId,
  decision: ReviewDecision,
  roles: z.array(RoleName),
  assurance: Assurance,
})
export type ReviewFact = Immutable<z.infer<typeof ReviewFact>>
