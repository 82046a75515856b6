import { describe, expect, test } from "vitest"
import { type BundleId, type Json, type TraceEntry } from "@counterfoil/contracts"
import { expectNothing, openReplay, verifyTrace, writeBundle } from "@counterfoil/replay"
import { sayBoth, verifyWhole } from "./both.ts"
import { asObject, edited, entriesOf, leavesOf, otherLeaf, rehashed, withLeaf } from "./forge.ts"
import { change } from "./forgeries/forgery.ts"
import { bundleOf, recordExecution, textsOf, type Recording } from "./record-execution.ts"
import { diceOf } from "./dice.ts"
import { engine, registry, start } from "./world.ts"

/** Real traces: the first 120 seeds, without selection. Forgeries have their own corpus (forgeries.test.ts). */
const recordings: readonly Recording[] = Array.from({ length: 120 }, (_, i) =>
  recordExecution({ seed: 5_000 + i }),
)
const replay = openReplay({ installed: registry, engine, mode: "recorded" })

describe("tampering with a stored trace", () => {
  test("a deleted payload is shown as missing, and the proof stays valid", () => {
    const [recording] = recordings
    const gone = entriesOf(
      (recording?.entries ?? []).map((entry, i) =>
        i === 1 ? { ...entry, payload: null, payloadBytes: null } : entry,
      ),
    )
    const written = writeBundle({
      bundleId: "bun_01kaz3v8g0e8r4n2t6w0y3b5d7" as BundleId,
      createdAt: start,
      createdBy: "x",
      payloads: "all",
      entries: gone,
      blobs: textsOf(gone),
      keys: [],
      engine: null,
    })
    if (!written.ok) throw new Error(written.error.code)
    expect(sayBoth(written.value.bytes)).toMatchObject({ first: null, second: null })
    const verification = verifyWhole(written.value.bytes)
    expect([verification.result, verification.payloads.erased, verification.completeness]).toEqual([
      "couldNotCheck",
      1,
      "proofOnly",
    ])
    const report = replay(written.value.bundle)
    expect(
      report.ok && [report.value.result, report.value.unverifiable[0]?.reason, report.value.first],
    ).toEqual(["unverifiable", "erased", null])
  })

  test("dropping a whole execution is not found by a reader who has only the others", () => {
    const rest = recordings.slice(1, 4).map((recording) => verifyTrace(recording.entries, expectNothing).ok)
    expect(rest).toEqual([true, true, true])
  })

  test("INV-07 ten thousand single changes, each found at its entry", { timeout: 240_000 }, () => {
    const dice = diceOf(7)
    for (let i = 0; i < 10_000; i++) {
      const { entries } = recordings[dice.below(recordings.length)] ??
        recordings[0] ?? { entries: entriesOf([]) }
      const place = dice.below(entries.length)
      const upTo = entries.slice(0, place + 1)
      const verified = verifyTrace(
        upTo.map((entry, j) => (j === place ? mutant(entry, dice) : entry)),
        expectNothing,
      )
      expect(verified.ok ? `mutant ${i}` : verified.error.seq).toBe(place + 1)
    }
  })

  test(
    "INV-08 a changed decision, statement, start or outcome does not verify, however well it was hashed again",
    { timeout: 240_000 },
    () => {
      const dice = diceOf(8)
      let tried = 0
      const missed: string[] = []
      const found = new Set<string>()
      for (const recording of recordings) {
        const places = recording.entries.flatMap(({ head }, i) => (derivedKinds.has(head.kind) ? [i] : []))
        const i = places[dice.below(places.length)]
        const entry = i === undefined ? undefined : recording.entries[i]
        if (i === undefined || entry === undefined) continue
        const roots = derivedKinds.get(entry.head.kind) ?? []
        const leaves = leavesOf(entry.payload).filter((path) =>
          roots.some((root) => path.join("/").startsWith(root)),
        )
        const leaf = leaves[dice.below(leaves.length)]
        if (leaf === undefined) continue
        tried += 1
        const forged = rehashed(change(recording.entries, i, (payload) => withLeaf(payload, leaf, otherLeaf)))
        const { result, checks } = verifyWhole(bundleOf({ entries: forged }).bytes)
        if (result !== "doesNotVerify") missed.push(`${entry.head.kind} ${leaf.join("/")} ${result}`)
        for (const { name, status } of checks) if (status === "failed") found.add(name)
      }
      expect(missed).toEqual([])
      expect([...found]).toEqual(expect.arrayContaining(["APPROVAL", "CONSUMPTION", "DERIVE"]))
      expect(tried).toBeGreaterThan(80)
    },
  )
})

/** What of each kind is derived and not a fact: every leaf below these places. */
const derivedKinds: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "controlPlane.policy.decided@1",
    [
      "verdict/core",
      "verdictDigest",
      "requestDigest",
      "request/input",
      "request/floor",
      "request/contract",
      "request/taint",
      "request/call",
    ],
  ],
  [
    "controlPlane.execution.step.started@1",
    [
      "input",
      "inputDigest",
      "idempotencyKey",
      "attempt",
      "contract",
      "effect",
      "verdictDigest",
      "approvalId",
      "reviewIds",
      "deadline",
    ],
  ],
  [
    "controlPlane.approval.requested@1",
    [
      "approvalDigest",
      "statement/planDigest",
      "statement/inputDigest",
      "statement/obligations",
      "statement/expiresAt",
      "preview",
      "tier",
      "excluded",
      "fallback",
      "level",
    ],
  ],
  [
    "controlPlane.plan.compiled@1",
    ["plan", "planDigest", "planId", "draft", "contracts", "capabilities", "onFailure", "origin"],
  ],
  ["controlPlane.execution.step.completed@1", ["outputDigest", "durationMs"]],
  ["controlPlane.execution.completed@1", ["output", "outputDigest", "stepCounts", "outcome"]],
  ["controlPlane.execution.failed@1", ["failure", "stepCounts", "undone"]],
])

function mutant(entry: TraceEntry, dice: ReturnType<typeof diceOf>): TraceEntry {
  const inHead = dice.chance(0.5)
  const value: Json = inHead ? entry.head : entry.payload
  const leaves = leavesOf(value)
  const leaf = leaves[dice.below(leaves.length)] ?? []
  const next = withLeaf(value, leaf, otherLeaf)
  return inHead ? edited(entry, { head: asObject(next) }) : edited(entry, { payload: next })
}
