// Reading a bundle: *untrusted* bytes become lines that are what they say, or the first thing wrong with them.
// Owns: checks 1 and 2 of a verification: lines, sizes, types, order, canonical form, trailer, blobs. Does not own: the chain.
// Bounded: nothing is parsed beyond the limits of the format. Never throws.

import {
  isObject,
  BundleLine,
  bundleBytesMax,
  bundleLineBytesMax,
  bundleLinesMax,
  bundleLineOrder,
  canonical,
  canonicalBytes,
  err,
  ok,
  parseJson,
  parseWith,
  type BundleEngine,
  type BundleEntry,
  type BundleEnvelope,
  type BundleHeader,
  type BundleKey,
  type BundleTrailer,
  type Json,
  type JsonLimits,
  type Result,
} from "@counterfoil/contracts"
import { blobDigest, bundleDigestOf, hex, sha256 } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { knowHead, knowSpelling, sameBytes } from "./known-here.ts"
import { blobOf, bytesOfBase64 } from "./blob-line.ts"
import type { Bundle } from "./bundle.ts"

/** Why bytes are not a bundle: which check, at which line (from 1), and one sentence. */
export interface BundleProblem {
  readonly check: "FORMAT" | "BLOB"
  readonly line: number
  readonly because: string
}

/** The bundle that these bytes are. Errors: the first problem, in the order of the file. */
export function readBundle(bytes: Uint8Array): Result<Bundle, BundleProblem> {
  const lines = readLines(bytes)
  if (!lines.ok) return lines
  const header = only(lines.value, "header")
  const trailer = only(lines.value, "trailer")
  const total = lines.value.length
  if (header === null || lines.value[0] !== header) return format(1, "the first line is not the one header")
  if (trailer === null || lines.value[total - 1] !== trailer)
    return format(total, "the last line is not the one trailer")
  const wrongOrder = lines.value.findIndex(
    (line, index) => placeOf(line) < placeOf(lines.value[index - 1] ?? line),
  )
  if (wrongOrder !== -1) return format(wrongOrder + 1, "the line comes after one of a later type")
  const engines = linesOf(lines.value, "engine")
  if (engines.length > 1) return format(total - 1, "there is more than one engine")
  const digest = bundleDigestOf(bytes.subarray(0, startOfLastLine(bytes)))
  if (trailer.lines !== total) return format(total, "the trailer counts other lines")
  if (trailer.digest !== digest) return format(total, "the trailer names another digest")
  const entries = linesOf(lines.value, "entry")
  const envelopes = linesOf(lines.value, "envelope")
  const keys = linesOf(lines.value, "key")
  const odd =
    unevenState(header, entries) ?? unevenEnvelope(entries, envelopes, total) ?? unevenKey(keys, total)
  if (odd !== null) return err(odd)
  const blobs = blobsOf(lines.value)
  if (!blobs.ok) return blobs
  if (header.include.payloads === "none" && blobs.value.length > 0)
    return format(entries.length + 2, "there are texts where payloads were left out")
  return ok({
    header,
    entries,
    blobs: blobs.value,
    envelopes,
    keys,
    engine: engines[0] ?? null,
    digest,
  })
}

const lineLimits: JsonLimits = {
  bytesMax: bundleLineBytesMax,
  depthMax: 64,
  keysMax: 10_000,
  itemsMax: 10_000,
  stringBytesMax: bundleLineBytesMax,
}
const newline = 0x0a

function readLines(bytes: Uint8Array): Result<readonly BundleLine[], BundleProblem> {
  if (bytes.length > bundleBytesMax) return format(1, "the file is larger than a bundle may be")
  if (bytes.at(-1) !== newline) return format(1, "the last line does not end")
  if (hasMoreLines(bytes, bundleLinesMax)) return format(1, "the file has more lines than a bundle may have")
  const lines: BundleLine[] = []
  for (let start = 0; start < bytes.length;) {
    const number = lines.length + 1
    const end = bytes.indexOf(newline, start)
    const line = bytes.subarray(start, end)
    const parsed = parseJson(line, lineLimits)
    if (!parsed.ok) return format(number, "the line is not JSON within bounds")
    if (!sameBytes(canonicalBytes(parsed.value), line))
      return format(number, "the line is not in canonical form")
    const shaped = parseWith(BundleLine, parsed.value)
    if (!shaped.ok) return format(number, `the line has no known form, at ${shaped.error[0]?.at ?? ""}`)
    if (shaped.value.type === "entry") knowEntry(shaped.value, line)
    lines.push(shaped.value)
    start = end + 1
  }
  return ok(lines)
}

/** Counted before a line is read, so that nothing is kept of a file that is refused for it. */
function hasMoreLines(bytes: Uint8Array, most: number): boolean {
  let at = -1
  for (let count = 0; count <= most; count += 1) {
    at = bytes.indexOf(newline, at + 1)
    if (at === -1) return false
  }
  return true
}

const headFrom = `{"hash":"sha256:${"0".repeat(64)}","head":`.length
const payloadMark = new TextEncoder().encode(',"payload":')

/**
 * A line in canonical form holds head and payload in theirs: nothing of it has to be spelled again. The mark is the first of
 * its kind behind the head, because a head has no member of that name and no text holds a bare quote.
 */
function knowEntry({ head, payload, payloadState }: BundleEntry, line: Uint8Array): void {
  const headTo = indexOf(line, payloadMark, headFrom)
  const payloadTo = line.length - `,"payloadState":"${payloadState}","type":"entry"}`.length
  knowHead(head)
  knowSpelling(head, line.subarray(headFrom, headTo))
  if (typeof payload === "object" && payload !== null)
    knowSpelling(payload, line.subarray(headTo + payloadMark.length, payloadTo))
}

function indexOf(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(wanted[0] ?? 0, from); at !== -1; at = bytes.indexOf(wanted[0] ?? 0, at + 1))
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at
  return bytes.length
}

function blobsOf(lines: readonly BundleLine[]): Result<readonly BlobRow[], BundleProblem> {
  const blobs: BlobRow[] = []
  for (const [index, line] of lines.entries()) {
    if (line.type !== "blob") continue
    const blob = blobOf(line)
    if (blob === null)
      return textProblem(index + 1, "the blob is not one of text and base64, in its one spelling")
    if (blobDigest(blob.bytes) !== blob.digest)
      return textProblem(index + 1, "the blob is not the one that its digest names")
    const last = blobs.at(-1)
    if (last !== undefined && last.digest >= blob.digest)
      return textProblem(index + 1, "blobs are not sorted, or one is there twice")
    blobs.push(blob)
  }
  return ok(blobs)
}

// The header says which payloads are missing and why, no more and no less.
function unevenState(header: BundleHeader, entries: readonly BundleEntry[]): BundleProblem | null {
  const { completeness, include } = header
  const line = entries.findIndex(({ payloadState, payload }) =>
    payloadState === "present"
      ? !isObject(payload) || include.payloads === "none"
      : payload !== null || (payloadState === "omitted" && include.payloads === "all"),
  )
  if (line !== -1) return problem(line + 2, "the payload's state contradicts the payload or the header")
  const reasons = [
    ...(include.payloads === "none" ? ["payloadsOmitted"] : []),
    ...(entries.some(({ payloadState }) => payloadState === "erased") ? ["payloadsErased"] : []),
  ]
  return completeness.reasons.join() === reasons.join() &&
    (completeness.kind === "full") === (reasons.length === 0)
    ? null
    : problem(1, "the header says otherwise what is missing")
}

// One line for each signed review, in order, with the same envelope as its entry.
function unevenEnvelope(
  entries: readonly BundleEntry[],
  envelopes: readonly BundleEnvelope[],
  total: number,
): BundleProblem | null {
  const bySeq = new Map(entries.map((entry) => [entry.head.seq, entry]))
  const odd = envelopes.find((line, index) => {
    const entry = bySeq.get(line.seq)
    if (line.seq <= (envelopes[index - 1]?.seq ?? 0)) return true
    if (entry?.head.kind !== reviewed || entry.payloadState === "erased") return true
    return entry.payloadState === "present" && !isSignedAs(entry.payload, line)
  })
  if (odd !== undefined)
    return problem(total, `the signed review of entry ${odd.seq} is not that of its entry`)
  const shown = new Set(envelopes.map(({ seq }) => seq))
  const missing = entries.find(
    ({ head, payload }) =>
      head.kind === reviewed && isObject(payload) && "signature" in payload && !shown.has(head.seq),
  )
  return missing === undefined
    ? null
    : problem(missing.head.seq + 1, "a signed review has no line of its own")
}

const reviewed = "controlPlane.approval.reviewed@1"

const isSignedAs = (payload: Json, { approvalId, reviewId, envelope }: BundleEnvelope): boolean =>
  isObject(payload) &&
  payload["approvalId"] === approvalId &&
  payload["reviewId"] === reviewId &&
  canonical(payload["signature"] ?? null) === canonical(envelope)

// Keys are shown, never trusted; still each is named by its own bytes, once and in order.
function unevenKey(keys: readonly BundleKey[], total: number): BundleProblem | null {
  const odd = keys.findIndex(({ keyId, spki }, index) => {
    const bytes = bytesOfBase64(spki)
    return keyId <= (keys[index - 1]?.keyId ?? "") || bytes === null || hex(sha256(bytes)) !== keyId
  })
  return odd === -1
    ? null
    : problem(total - keys.length + odd, "a key is not the next one, or not its own id's")
}

const placeOf = (line: BundleLine): number => bundleLineOrder.indexOf(line.type)

type LineOf = {
  readonly header: BundleHeader
  readonly entry: BundleEntry
  readonly envelope: BundleEnvelope
  readonly key: BundleKey
  readonly engine: BundleEngine
  readonly trailer: BundleTrailer
}

function linesOf<K extends keyof LineOf>(lines: readonly BundleLine[], type: K): readonly LineOf[K][] {
  return lines.filter((line): line is LineOf[K] & BundleLine => line.type === type)
}

function only<K extends keyof LineOf>(lines: readonly BundleLine[], type: K): LineOf[K] | null {
  const found = linesOf(lines, type)
  return found.length === 1 ? (found[0] ?? null) : null
}

const startOfLastLine = (bytes: Uint8Array): number => bytes.lastIndexOf(newline, bytes.length - 2) + 1

const problem = (line: number, because: string): BundleProblem => ({ check: "FORMAT", line, because })
const textProblem = (line: number, because: string) => err<BundleProblem>({ check: "BLOB", line, because })
const format = (line: number, because: string) => err(problem(line, because))
