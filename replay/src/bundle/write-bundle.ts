// Writing a bundle: the same trace gives the same bytes, but for the first and the last line.
// Owns: which lines there are and their order. Does not own: reading, or where blobs and keys come from.

import {
  bundleBytesMax,
  bundleLineBytesMax,
  bundleLinesMax,
  canonicalBytes,
  err,
  ok,
  parseWith,
  payloads,
  type BundleEngine,
  type BundleEntry,
  type BundleEnvelope,
  type BundleHeader,
  type BundleId,
  type BundleKey,
  type BundleLine,
  type Result,
  type Time,
  type TraceEntry,
} from "@counterfoil/contracts"
import { bundleDigestOf } from "@counterfoil/contracts/digest"
import type { BlobRow, ReviewKeyRow } from "@counterfoil/contracts/ports"
import { blobLineOf } from "./blob-line.ts"
import type { Bundle } from "./bundle.ts"

/** What goes into a bundle. `entries` is one whole trace; `payloads: none` leaves out what was said and keeps the proof. */
export interface BundleContents {
  readonly bundleId: BundleId
  readonly createdAt: Time
  readonly createdBy: string
  readonly payloads: "all" | "none"
  readonly entries: readonly [TraceEntry, ...TraceEntry[]]
  readonly blobs: readonly BlobRow[]
  readonly keys: readonly ReviewKeyRow[]
  readonly engine: Omit<BundleEngine, "type"> | null
}

/** A bundle and its file. */
export interface WrittenBundle {
  readonly bytes: Uint8Array
  readonly bundle: Bundle
}

/** The file of a bundle: JSON Lines, each canonical. Errors: LIMIT_EXCEEDED when a line, the lines or the whole would be too large to verify. */
export function writeBundle(
  contents: BundleContents,
): Result<WrittenBundle, { readonly code: "LIMIT_EXCEEDED"; readonly limit: number }> {
  const header = headerOf(contents)
  const entries = contents.entries.map((entry) => entryLineOf(entry, contents.payloads))
  const blobs = contents.payloads === "none" ? [] : unique(contents.blobs, (blob) => blob.digest)
  const envelopes = contents.entries.flatMap(envelopeOf)
  const keys = unique(contents.keys, (key) => key.keyId).map(keyLineOf)
  const engine = contents.engine === null ? null : { type: "engine" as const, ...contents.engine }
  const lines: readonly BundleLine[] = [
    header,
    ...entries,
    ...blobs.map(blobLineOf),
    ...envelopes,
    ...keys,
    ...(engine === null ? [] : [engine]),
  ]
  if (lines.length >= bundleLinesMax) return err({ code: "LIMIT_EXCEEDED", limit: bundleLinesMax })
  const encoded = lines.map((line) => canonicalBytes(line))
  if (encoded.some((line) => line.length > bundleLineBytesMax))
    return err({ code: "LIMIT_EXCEEDED", limit: bundleLineBytesMax })
  const body = joinLines(encoded)
  const digest = bundleDigestOf(body)
  const bytes = joinLines([...encoded, canonicalBytes({ type: "trailer", lines: lines.length + 1, digest })])
  if (bytes.length > bundleBytesMax) return err({ code: "LIMIT_EXCEEDED", limit: bundleBytesMax })
  return ok({ bytes, bundle: { header, entries, blobs, envelopes, keys, engine, digest } })
}

function headerOf({
  bundleId,
  createdAt,
  createdBy,
  payloads: include,
  entries,
}: BundleContents): BundleHeader {
  const [first] = entries
  const last = entries.at(-1) ?? first
  const erased = entries.some(({ payload }) => payload === null)
  const reasons = [
    ...(include === "none" ? (["payloadsOmitted"] as const) : []),
    ...(erased ? (["payloadsErased"] as const) : []),
  ]
  const { environment, tenant, executionId } = first.head
  return {
    type: "header",
    format: "counterfoil.bundle/1",
    bundleId,
    environment,
    tenant,
    executionId,
    head: { seq: last.head.seq, hash: last.hash },
    createdAt,
    createdBy,
    include: { payloads: include },
    completeness: { kind: reasons.length === 0 ? "full" : "proofOnly", reasons },
  }
}

function entryLineOf({ head, hash, payload }: TraceEntry, include: "all" | "none"): BundleEntry {
  const payloadState = payload === null ? "erased" : include === "none" ? "omitted" : "present"
  return { type: "entry", head, hash, payloadState, payload: payloadState === "present" ? payload : null }
}

function envelopeOf({ head, payload }: TraceEntry): readonly BundleEnvelope[] {
  if (head.kind !== reviewed) return []
  const parsed = parseWith(payloads[reviewed], payload)
  if (!parsed.ok || parsed.value.signature === undefined) return []
  const { approvalId, reviewId, signature } = parsed.value
  return [{ type: "envelope", seq: head.seq, approvalId, reviewId, envelope: signature }]
}

const reviewed = "controlPlane.approval.reviewed@1"

const keyLineOf = ({ keyId, human, spki, enrolledAt, revokedAt }: ReviewKeyRow): BundleKey => ({
  type: "key",
  keyId,
  human,
  spki,
  enrolledAt,
  revokedAt,
})

function unique<T>(values: readonly T[], idOf: (value: T) => string): readonly T[] {
  return [...new Map(values.map((value) => [idOf(value), value])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, value]) => value)
}

function joinLines(lines: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(lines.reduce((length, line) => length + line.length + 1, 0))
  let offset = 0
  for (const line of lines) {
    whole.set(line, offset)
    whole[offset + line.length] = newline
    offset += line.length + 1
  }
  return whole
}

const newline = 0x0a
