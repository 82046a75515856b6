import { canonicalBytes, Fence, Time, type TraceEntry } from "@counterfoil/contracts"
import { chainHash, entryDigestOf, payloadDigestOf } from "@counterfoil/contracts/digest"
import { describe, expect, test } from "vitest"
import { sampleTrace } from "../../test/sample-trace.ts"
import { expectNothing, verifyTrace } from "./verify-trace.ts"

const trace = sampleTrace()
const faultOf = (entries: readonly TraceEntry[], expectations = expectNothing) => {
  const verified = verifyTrace(entries, expectations)
  return verified.ok ? null : { check: verified.error.check, seq: verified.error.seq, at: verified.error.at }
}
const changed = (seq: number, change: (entry: TraceEntry) => TraceEntry) =>
  trace.map((entry) => (entry.head.seq === seq ? change(entry) : entry))

describe("verifyTrace", () => {
  test("INV-07 a trace as it was written verifies, up to its head", () => {
    expect(verifyTrace(trace, expectNothing)).toEqual({
      ok: true,
      value: { head: { seq: 2, hash: trace[1]?.hash }, withoutPayload: [] },
    })
  })

  test("a payload that is gone does not break the proof, and is listed", () => {
    const verified = verifyTrace(
      changed(1, (entry) => ({ ...entry, payload: null, payloadBytes: null })),
      expectNothing,
    )
    expect(verified.ok && verified.value.withoutPayload).toEqual([1])
  })

  test("INV-07 an edited payload is found at its entry", () => {
    const payload = { rejections: [] }
    expect(
      faultOf(changed(2, (entry) => ({ ...entry, payload, payloadBytes: canonicalBytes(payload) }))),
    ).toEqual({ check: "CHAIN", seq: 2, at: "/head/payloadDigest" })
  })

  test("INV-07 a gap, a missing first entry and an empty trace are found", () => {
    expect(faultOf(trace.slice(1))).toEqual({ check: "SEQUENCE", seq: 1, at: "/head/seq" })
    expect(faultOf([])).toEqual({ check: "SEQUENCE", seq: 1, at: "/head/seq" })
  })

  test("time and fence never go back, also when the tail was hashed again", () => {
    expect(
      faultOf(changed(2, (entry) => rehashed(entry, { time: Time.parse("2026-11-21T08:34:59.999Z") }))),
    ).toMatchObject({ at: "/head/time" })
    const fenced = trace.map((entry) =>
      entry.head.seq === 1 ? rehashed(entry, { fence: Fence.parse(7) }) : entry,
    )
    expect(faultOf(fenced)).toMatchObject({ seq: 2, at: "/head/fence" })
  })

  test("INV-10 a trace of another tenant is not the one expected", () => {
    expect(
      faultOf(trace, {
        ...expectNothing,
        executionId: "exe_01kaz3v8g0e8r4n2t6w0y3b5d8" as TraceEntry["head"]["executionId"],
      }),
    ).toEqual({ check: "SEQUENCE", seq: 1, at: "/head/executionId" })
  })

  test("a cut tail shows only against a head kept elsewhere", () => {
    const head = { seq: 2, hash: trace[1]?.hash ?? trace[0].hash }
    expect(faultOf(trace.slice(0, 1))).toBeNull()
    expect(faultOf(trace.slice(0, 1), { ...expectNothing, head })).toEqual({
      check: "CHAIN",
      seq: 1,
      at: "/head/seq",
    })
  })

  test("a payload that its event contract refuses is found although every digest fits", () => {
    const payload = { rejections: [], extra: true }
    const payloadBytes = canonicalBytes(payload)
    const bad = changed(2, (entry) => ({
      ...rehashed(entry, { payloadDigest: payloadDigestOf(entry.head.kind, payloadBytes) }),
      payload,
      payloadBytes,
    }))
    expect(faultOf(bad)).toEqual({ check: "PAYLOAD", seq: 2, at: "/payload/extra" })
  })

  test("bytes that are not the canonical spelling of their value are found", () => {
    const spaced = new TextEncoder().encode(JSON.stringify(trace[1]?.payload, null, 1))
    const bad = changed(2, (entry) => ({
      ...rehashed(entry, { payloadDigest: payloadDigestOf(entry.head.kind, spaced) }),
      payloadBytes: spaced,
    }))
    expect(faultOf(bad)).toEqual({ check: "PAYLOAD", seq: 2, at: "/payload" })
  })
})

function rehashed(entry: TraceEntry, head: Partial<TraceEntry["head"]>): TraceEntry {
  const next = { ...entry.head, ...head }
  const headBytes = canonicalBytes(next)
  const digest = entryDigestOf(headBytes)
  return {
    ...entry,
    head: next,
    headBytes,
    digest,
    hash: chainHash({
      executionId: next.executionId,
      seq: next.seq,
      prevHash: entry.prevHash,
      entryDigest: digest,
    }),
  }
}
