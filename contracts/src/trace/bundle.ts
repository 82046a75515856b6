// The lines of a bundle: one execution's trace with everything that verifying and replaying it needs.
// Owns: the form of each line and the bounds of a file. Does not own: writing, reading or verifying one (replay).
// A type that is not listed here is refused: what a reader does not know, it cannot have verified.

import { z } from "zod"
import {
  ApprovalId,
  BundleId,
  Digest,
  Environment,
  ExecutionId,
  HumanId,
  AnyJson,
  ReviewId,
  TenantId,
  Time,
  text,
  type Immutable,
} from "../primitives.ts"
import { SignedReview } from "../approval/approval.ts"
import { EntryHead, TraceHead } from "./entry.ts"

/** Most bytes of one bundle: what a laptop verifies in memory. */
export const bundleBytesMax = 256 * 1024 * 1024
/** Most lines of one bundle: several times what the largest plan with all its attempts writes. */
export const bundleLinesMax = 500_000
/** Most bytes of one line: a step's largest output with room for its entry. */
export const bundleLineBytesMax = 8 * 1024 * 1024

/** Whether payloads are there: as written, left out of this file, or erased from the store before it was made. */
export const PayloadState = z.enum(["present", "omitted", "erased"])
export type PayloadState = z.infer<typeof PayloadState>

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/)

/** The first line: whose trace, up to which head, and how complete. `reasons` says what a proof-only file leaves out. */
export const BundleHeader = z.strictObject({
  type: z.literal("header"),
  format: z.literal("counterfoil.bundle/1"),
  bundleId: BundleId,
  environment: Environment,
  tenant: TenantId,
  executionId: ExecutionId,
  head: TraceHead,
  createdAt: Time,
  createdBy: text(120, 1),
  include: z.strictObject({ payloads: z.enum(["all", "none"]) }),
  completeness: z.strictObject({
    kind: z.enum(["full", "proofOnly"]),
    reasons: z.array(z.enum(["payloadsOmitted", "payloadsErased"])),
  }),
})
export type BundleHeader = Immutable<z.infer<typeof BundleHeader>>

/** One entry: its head, the chain's hash at it, and its payload unless the state says otherwise. */
export const BundleEntry = z.strictObject({
  type: z.literal("entry"),
  head: EntryHead,
  hash: Digest,
  payloadState: PayloadState,
  payload: AnyJson,
})
export type BundleEntry = Immutable<z.infer<typeof BundleEntry>>

/** A text that entries name: as text when it is UTF-8, else as base64. */
export const BundleBlob = z.strictObject({
  type: z.literal("blob"),
  digest: Digest,
  mediaType: text(120, 1),
  text: z.string().optional(),
  base64: base64.optional(),
})
export type BundleBlob = Immutable<z.infer<typeof BundleBlob>>

/** A signed review, so that it verifies also when payloads are left out. */
export const BundleEnvelope = z.strictObject({
  type: z.literal("envelope"),
  seq: z.int().min(1),
  approvalId: ApprovalId,
  reviewId: ReviewId,
  envelope: SignedReview,
})
export type BundleEnvelope = Immutable<z.infer<typeof BundleEnvelope>>

/** A reviewer's key as the installation knew it: shown, never trusted. */
export const BundleKey = z.strictObject({
  type: z.literal("key"),
  keyId: z.string().regex(/^[0-9a-f]{64}$/),
  human: HumanId,
  spki: base64,
  enrolledAt: Time,
  revokedAt: Time.nullable(),
})
export type BundleKey = Immutable<z.infer<typeof BundleKey>>

/** The policy engine whose answers the verdicts record. */
export const BundleEngine = z.strictObject({
  type: z.literal("engine"),
  name: z.literal("cedar-wasm"),
  version: text(64, 1),
  digest: Digest,
})
export type BundleEngine = Immutable<z.infer<typeof BundleEngine>>

/** The last line: the number of lines with this one, and the digest of all bytes before it. */
export const BundleTrailer = z.strictObject({
  type: z.literal("trailer"),
  lines: z.int().min(2),
  digest: Digest,
})
export type BundleTrailer = Immutable<z.infer<typeof BundleTrailer>>

/** Any line. */
export const BundleLine = z.discriminatedUnion("type", [
  BundleHeader,
  BundleEntry,
  BundleBlob,
  BundleEnvelope,
  BundleKey,
  BundleEngine,
  BundleTrailer,
])
export type BundleLine = Immutable<z.infer<typeof BundleLine>>

/** The types in the order in which they stand in a file. */
export const bundleLineOrder: readonly BundleLine["type"][] = [
  "header",
  "entry",
  "blob",
  "envelope",
  "key",
  "engine",
  "trailer",
]

/** Media type of a contract document's canonical bytes. */
export const contractMediaType = "application/vnd.counterfoil.contract+json"
/** Media type of a policy source's canonical bytes: all texts and the mode map. */
export const policySourceMediaType = "application/vnd.counterfoil.policy-source+json"
