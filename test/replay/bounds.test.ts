// Bundles that are made to keep their reader: each says little and would cost the square of its size. Both verifiers end with what they
// could not check, and never with a pass.

import { describe, expect, test } from "vitest"
import { verifyBundle } from "@counterfoil/verifier"
import {
  canonicalBytes,
  contractMediaType,
  type BundleId,
  type JsonObject,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { readBundle, verifyEvidence, writeBundle } from "@counterfoil/replay"
import { verifyWhole } from "./both.ts"
import { edited, rehashed } from "./forge.ts"
import { approvedStart, payloadOf, person, without } from "./forgeries/forgery.ts"
import { bundleOf, recordExecution, textsOf, type Recording } from "./record-execution.ts"
import { reviewKeys, start } from "./world.ts"

/** A trace in which one person approved a step of tier medium in a session. */
function approvedOnce(): { readonly recording: Recording; readonly review: number } {
  for (let seed = 5_000; seed < 5_400; seed += 1) {
    const recording = recordExecution({ seed, trouble: 0 })
    const found = approvedStart(recording, "medium", "session")
    const [review, ...others] = found?.reviews ?? []
    if (review === undefined || others.length > 0) continue
    const { quorum, status } = payloadOf(recording.entries[review])
    if (status === "approved" && JSON.stringify(quorum).includes('"count":1')) return { recording, review }
  }
  throw new Error("no such trace")
}

const { recording, review } = approvedOnce()
const own = recording.entries[review] ?? recording.entries[0]
const idOf = (prefix: string, number: number): string =>
  `${prefix}_01kaz3v8g0e8r4n2t6zz${String(number).padStart(6, "0")}`

/** The file of the trace with more entries behind its review, of which these reviews made the quorum as well. */
function withMore(more: readonly TraceEntry[], counted: readonly string[] = []): Uint8Array {
  const { approvalId, reviewId = null } = payloadOf(own)
  const entries = recording.entries.map((entry) =>
    "reviewIds" in payloadOf(entry) && payloadOf(entry)["approvalId"] === approvalId
      ? edited(entry, { payload: { ...payloadOf(entry), reviewIds: [reviewId, ...counted] } })
      : entry,
  )
  const written = writeBundle({
    bundleId: "bun_01kaz3v8g0e8r4n2t6w0y3b5d7" as BundleId,
    createdAt: start,
    createdBy: "forger",
    payloads: "all",
    entries: rehashed(entries.toSpliced(review + 1, 0, ...more)),
    blobs: textsOf(recording.entries),
    keys: [],
    engine: null,
  })
  if (!written.ok) throw new Error(written.error.code)
  return written.value.bytes
}

/** So many people approve once more, each for the first time. */
const byOthers = (people: number): Uint8Array =>
  withMore(
    Array.from({ length: people }, (_, i) => {
      const human = idOf("hum", i)
      return edited(own, {
        head: person(human),
        payload: { ...payloadOf(own), human, reviewId: idOf("rev", i) },
      })
    }),
  )

/** The same person takes the approval back and gives it again, so many times. */
function toAndFro(times: number): Uint8Array {
  const given = payloadOf(own)
  const quorum = given["quorum"] as JsonObject
  const answer = (payload: JsonObject): TraceEntry => edited(own, { payload })
  return withMore(
    Array.from({ length: times }, (_, i) => [
      answer({
        ...without(given, "note", "notBefore"),
        decision: "withdraw",
        reviewId: idOf("rev", 2 * i),
        status: "open",
        quorum: { ...quorum, met: [], missing: quorum["needed"] ?? [] },
      }),
      answer({ ...given, reviewId: idOf("rev", 2 * i + 1) }),
    ]).flat(),
    Array.from({ length: times }, (_, i) => idOf("rev", 2 * i + 1)),
  )
}

const cpuMicrosecondsMax = 3_000_000

/** A text that has nothing of a contract but its name. */
function contractText(name: string): BlobRow {
  const bytes = canonicalBytes({ name, version: "1.0.0" })
  return { digest: blobDigest(bytes), mediaType: contractMediaType, bytes }
}

/** The verdicts of both verifiers on requests and reviews, and the whole result. */
function said(bytes: Uint8Array) {
  const read = readBundle(bytes)
  if (!read.ok) throw new Error(read.error.because)
  const first = verifyEvidence(read.value, { keys: reviewKeys, signedBy: () => true })
  const { checks } = verifyBundle(bytes, { keys: reviewKeys, head: null, derive: null })
  const second = checks.find(({ check }) => check === 8)
  return {
    first: first.ok ? (first.value.bounded ? "passed" : "notChecked") : first.error.because,
    second: second?.status === "failed" ? second.because : second?.status,
    because: second?.because ?? "",
  }
}

describe("a bundle that is made to keep its reader", () => {
  test("with reviews of many people is checked while they are few, and reported as not checked when they are very many", () => {
    expect(said(byOthers(20))).toMatchObject({ first: "passed", second: "passed" })
    const bytes = byOthers(900)
    expect(said(bytes)).toEqual({
      first: "notChecked",
      second: "notChecked",
      because: "what people did in it takes more work to check than a bundle of its size may",
    })
    expect(verifyWhole(bytes).result).toBe("couldNotCheck")
  })

  test("with one person's answers, however many, is checked: each answer is looked at once", () => {
    expect(said(toAndFro(600))).toMatchObject({ first: "passed", second: "passed" })
  })

  test("with very many contracts that nothing names is read once through", () => {
    const { bundle } = bundleOf(recording)
    const more = Array.from({ length: 20_000 }, (_, i) => contractText(`x.y${i}`))
    const before = process.cpuUsage()
    const read = verifyEvidence(
      { ...bundle, blobs: [...bundle.blobs, ...more] },
      { keys: null, signedBy: () => true },
    )
    expect(read).toMatchObject({ ok: true, value: { contracts: false } })
    // Comparing each with all before it takes ten times as long.
    expect(process.cpuUsage(before).user).toBeLessThan(cpuMicrosecondsMax)
  })

  test("with more lines than any trace has is refused before a line of it is read", () => {
    const bytes = new Uint8Array(500_001).fill(0x0a)
    const read = readBundle(bytes)
    expect(read.ok ? null : read.error).toEqual({
      check: "FORMAT",
      line: 1,
      because: "the file has more lines than a bundle may have",
    })
    const [format] = verifyBundle(bytes, { keys: null, head: null, derive: null }).checks
    expect(format).toMatchObject({ status: "failed", because: "the file has more than 500000 lines" })
  })
})
