// Reading a bundle: *untrusted* bytes become lines that are what they say, or the first thing wrong with them.
// Owns: checks 1 and 2 of a verification: lines, sizes, types, order, canonical form, trailer, blobs. Does not own: the chain.
// Bounded: nothing is parsed beyond the limits of the format. Never throws.

import {
  BundleLine,
  bundleBytesMax,
  bundleLineBytesMax,
  bundleLineOrder,
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
  type JsonLimits,
  type Result,
} from "@counterfoil/contracts"
import { blobDigest, bundleDigestOf } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { knowHead, knowSpelling, sameBytes } from "../verify/known-here.ts"
import { blobOf } from "./blob-line.ts"
import type { Bundle } from "./bundle.ts"

/** Why bytes are no bundle: which check, at which line (from 1), and one sentence. */
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
  if (wrongOrder !== -1) return format(wrongOrder + 1, "the line stands behind one of a later type")
  const engines = linesOf(lines.value, "engine")
  if (engines.length > 1) return format(total - 1, "there is more than one engine")
  const digest = bundleDigestOf(bytes.subarray(0, startOfLastLine(bytes)))
  if (trailer.lines !== total) return format(total, "the trailer counts other lines")
  if (trailer.digest !== digest) return format(total, "the trailer names another digest")
  const entries = linesOf(lines.value, "entry")
  const uneven = entries.findIndex(
    (entry) => (entry.payloadState !== "present" && entry.payload !== null) || unannounced(header, entry),
  )
  if (uneven !== -1) return format(uneven + 2, "the payload's state contradicts the payload or the header")
  const blobs = blobsOf(lines.value)
  if (!blobs.ok) return blobs
  return ok({
    header,
    entries,
    blobs: blobs.value,
    envelopes: linesOf(lines.value, "envelope"),
    keys: linesOf(lines.value, "key"),
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
    if (blob === null) return format(index + 1, "the blob is not exactly one of text and base64")
    if (blobDigest(blob.bytes) !== blob.digest)
      return err({ check: "BLOB", line: index + 1, because: "the blob is not the one that its digest names" })
    const last = blobs.at(-1)
    if (last !== undefined && last.digest >= blob.digest)
      return format(index + 1, "blobs are not sorted, or stand there twice")
    blobs.push(blob)
  }
  return ok(blobs)
}

const unannounced = ({ completeness, include }: BundleHeader, { payloadState }: BundleEntry): boolean =>
  (payloadState === "omitted" && include.payloads !== "none") ||
  (payloadState === "erased" && !completeness.reasons.includes("payloadsErased")) ||
  (payloadState === "present" && include.payloads === "none")

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

const format = (line: number, because: string) => err<BundleProblem>({ check: "FORMAT", line, because })
