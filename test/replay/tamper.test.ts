import { describe, expect, test } from "vitest"
import { verifyBundle } from "@counterfoil/adapters"
import {
  PrincipalId,
  canonical,
  canonicalBytes,
  parseJson,
  type BundleId,
  type Json,
  type JsonObject,
  type TenantId,
  type Time,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest, digestOf } from "@counterfoil/contracts/digest"
import type { BlobRow } from "@counterfoil/contracts/ports"
import { expectNothing, openReplay, readBundle, verifyTrace, writeBundle } from "@counterfoil/replay"
import { asObject, edited, entriesOf, inConcert, leavesOf, otherLeaf, rehashed, withLeaf } from "./forge.ts"
import { blobs, recordExecution, type Recording } from "./record-execution.ts"
import { diceOf } from "./dice.ts"
import { engine, ids, registry, reviewKeys, signedReview, start } from "./world.ts"

/** Real traces: the first 120 seeds, whatever they met. */
const recordings: readonly Recording[] = Array.from({ length: 120 }, (_, i) =>
  recordExecution({ seed: 5_000 + i }),
)
const replay = openReplay({ installed: registry, engine, mode: "recorded" })

/** On how many traces each forgery is tried. */
const tracesPerForgery = 8

/** Which layer says no: the chain and the formulas, a signature, a head that was kept elsewhere, re-derivation. */
type Layer = "chain" | "approval" | "head" | "rederive"

function layersOf(
  before: Recording,
  entries: readonly [TraceEntry, ...TraceEntry[]],
  texts: readonly BlobRow[] = blobs,
): readonly Layer[] {
  const written = writeBundle({
    bundleId: "bun_01kaz3v8g0e8r4n2t6w0y3b5d7" as BundleId,
    createdAt: start,
    createdBy: "forger",
    payloads: "all",
    entries,
    blobs: texts,
    keys: reviewKeys,
    engine: null,
  })
  if (!written.ok) throw new Error(written.error.code)
  const { checks } = verifyBundle(written.value.bytes, reviewKeys)
  const last = before.entries.at(-1) ?? before.entries[0]
  const kept = verifyBundle(written.value.bytes, reviewKeys, { seq: last.head.seq, hash: last.hash })
  const failed = (list: typeof checks, ...numbers: readonly number[]) =>
    list.some(({ check, status }) => status === "failed" && numbers.includes(check))
  const read = readBundle(written.value.bytes)
  const report = read.ok ? replay(read.value) : null
  return [
    ...(failed(checks, 1, 2, 3, 4, 5) ? (["chain"] as const) : []),
    ...(failed(checks, 8, 9) ? (["approval"] as const) : []),
    ...(failed(kept.checks, 4) ? (["head"] as const) : []),
    ...(report?.ok === true && report.value.result === "identical" ? [] : (["rederive"] as const)),
  ]
}

interface Forgery {
  readonly says: string
  /** The layers that promise to find it, and those that cannot. */
  readonly found: readonly Layer[]
  readonly missed: readonly Layer[]
  readonly forge: (recording: Recording) => {
    readonly entries: readonly [TraceEntry, ...TraceEntry[]]
    readonly texts?: readonly BlobRow[]
  } | null
}

const at = (
  list: readonly TraceEntry[],
  kind: string,
  which: (payload: JsonObject) => boolean = () => true,
) => list.findIndex(({ head, payload }) => head.kind === kind && which(asObject(payload ?? undefined)))
const change = (
  list: readonly TraceEntry[],
  i: number,
  changed: (payload: JsonObject) => Json,
): readonly TraceEntry[] =>
  list.map((entry, j) =>
    j === i ? edited(entry, { payload: changed(asObject(entry.payload ?? undefined)) }) : entry,
  )
const editHead =
  (head: Partial<TraceEntry["head"]>): Forgery["forge"] =>
  ({ entries }) =>
    entries.length < 3
      ? null
      : { entries: entriesOf(entries.map((entry, i) => (i === 2 ? edited(entry, { head }) : entry))) }
const started = "controlPlane.execution.step.started@1"
const decided = "controlPlane.policy.decided@1"
const requested = "controlPlane.approval.requested@1"
const reviewed = "controlPlane.approval.reviewed@1"
const completed = "controlPlane.execution.step.completed@1"
const other = (digest: Json | undefined): Json => otherLeaf(digest ?? null)

const forgeries: readonly Forgery[] = [
  {
    says: "a payload is edited",
    found: ["chain"],
    missed: [],
    forge: ({ entries }) => ({
      entries: entriesOf(change(entries, 0, (payload) => ({ ...payload, labels: ["x"] }))),
    }),
  },
  {
    says: "the time of an entry is edited",
    found: ["chain"],
    missed: [],
    forge: editHead({ time: "2026-11-21T08:35:00.001Z" as Time }),
  },
  {
    says: "the principal of an entry is edited",
    found: ["chain"],
    missed: [],
    forge: editHead({ principal: { id: PrincipalId.parse(ids.kim), kind: "human" } }),
  },
  {
    says: "the tenant of an entry is edited",
    found: ["chain"],
    missed: [],
    forge: editHead({ tenant: "other" as TenantId }),
  },
  { says: "the fence of an entry is edited", found: ["chain"], missed: [], forge: editHead({ fence: 3 }) },
  {
    says: "the session of an entry is edited",
    found: ["chain"],
    missed: [],
    forge: editHead({
      session: "ses_01kaz3v8g0e8r4n2t6w0y3b5d9" as NonNullable<TraceEntry["head"]["session"]>,
    }),
  },
  {
    says: "an entry is deleted",
    found: ["chain"],
    missed: [],
    forge: ({ entries }) => (entries.length < 3 ? null : { entries: entriesOf(entries.toSpliced(1, 1)) }),
  },
  {
    says: "two entries change places",
    found: ["chain"],
    missed: [],
    forge: ({ entries: [a, b, c, ...rest] }) =>
      b === undefined || c === undefined ? null : { entries: [a, c, b, ...rest] },
  },
  {
    says: "an entry stands there twice",
    found: ["chain"],
    missed: [],
    forge: ({ entries: [a, b, ...rest] }) => (b === undefined ? null : { entries: [a, b, b, ...rest] }),
  },
  {
    says: "an entry of another execution is inserted",
    found: ["chain"],
    missed: [],
    forge: ({ entries: [a, ...rest] }) => ({
      entries: [a, ...(recordings[0]?.entries.slice(1, 2) ?? []), ...rest],
    }),
  },
  {
    says: "the trace is copied to another tenant",
    found: ["chain"],
    missed: [],
    forge: ({ entries }) => ({
      entries: entriesOf(entries.map((entry) => edited(entry, { head: { tenant: "other" as TenantId } }))),
    }),
  },
  {
    says: "a contract's document is edited where it lies",
    found: ["chain", "rederive"],
    missed: [],
    forge: ({ entries }) => ({
      entries,
      texts: blobs.map((blob, i) =>
        i === 0 ? { ...blob, bytes: canonicalBytes({ kind: "command" }) } : blob,
      ),
    }),
  },
  {
    says: "a contract's document and its digest are replaced",
    found: ["chain", "rederive"],
    missed: [],
    forge: ({ entries }) =>
      at(entries, "controlPlane.plan.compiled@1", (payload) =>
        canonical(payload).includes("payments.refund@1"),
      ) < 0
        ? null
        : {
            entries,
            texts: blobs.map((blob) => swapText(blob, '"name":"payments.refund"', "PT24H", "PT48H")),
          },
  },
  {
    says: "policy texts and their digest are replaced",
    found: ["rederive"],
    missed: ["chain"],
    forge: ({ entries }) =>
      at(entries, decided) < 0
        ? null
        : {
            entries,
            texts: blobs.map((blob) =>
              swapText(
                blob,
                "tenant.refund-cap",
                "above the cap of this tenant",
                "above the cap of that tenant",
              ),
            ),
          },
  },
  {
    says: "the tail is cut off",
    found: ["head"],
    missed: ["chain", "approval"],
    forge: ({ entries }) => (entries.length < 4 ? null : { entries: entriesOf(entries.slice(0, -1)) }),
  },
  {
    says: "an outcome is changed with its digest and the tail is hashed again",
    found: ["head"],
    missed: ["chain", "approval", "rederive"],
    forge: ({ entries }) => {
      const i = at(entries, completed, ({ key, source }) => key === "wire" && source === "handler")
      const output = { wireId: "forged" }
      return i < 0
        ? null
        : {
            entries: rehashed(
              change(entries, i, (payload) => ({
                ...payload,
                output,
                outputDigest: digestOf("counterfoil.output.v1", canonicalBytes(output)),
              })),
            ),
          }
    },
  },
  {
    says: "a verdict is swapped and everything that stands on it rewritten",
    found: ["rederive", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(
        entries,
        decided,
        ({ phase, verdict }) =>
          phase !== "preview" && asObject(asObject(verdict)["core"])["decision"] === "hold",
      )
      return i < 0
        ? null
        : {
            entries: inConcert(
              change(entries, i, (payload) =>
                withLeaf(payload, ["verdict", "core", "tier"], (tier) =>
                  tier === "high" ? "medium" : "high",
                ),
              ),
            ),
          }
    },
  },
  {
    says: "an approval is widened: one person instead of two",
    found: ["rederive", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(entries, requested, ({ obligations }) =>
        canonical(obligations ?? null).includes("support-lead"),
      )
      if (i < 0) return null
      const alone: Json = [{ count: 1, role: "finance" }]
      return {
        entries: inConcert(
          entries.map((entry) => {
            if (entry.head.kind !== requested && entry.head.kind !== decided) return entry
            const payload = asObject(entry.payload ?? undefined)
            const text = canonical(payload).replaceAll(
              '[{"count":1,"role":"finance"},{"count":1,"role":"support-lead"}]',
              canonical(alone),
            )
            return edited(entry, { payload: JSON.parse(text) as Json })
          }),
        ),
      }
    },
  },
  {
    says: "an idempotency key is changed and the tail is hashed again",
    found: ["approval", "rederive", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(entries, started)
      return i < 0
        ? null
        : {
            entries: rehashed(
              change(entries, i, (payload) => ({
                ...payload,
                idempotencyKey: other(payload["idempotencyKey"]),
              })),
            ),
          }
    },
  },
  {
    says: "the input of a start is changed with its digest",
    found: ["approval", "rederive", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(entries, started, ({ input }) => "amount" in asObject(input))
      return i < 0
        ? null
        : {
            entries: rehashed(
              change(entries, i, (payload) =>
                withLeaf(payload, ["input", "amount"], (amount) => Number(amount) + 1),
              ),
            ),
          }
    },
  },
  {
    says: "a denied step is recorded as started",
    found: ["approval", "rederive", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(
        entries,
        decided,
        ({ verdict }) => asObject(asObject(verdict)["core"])["decision"] === "deny",
      )
      const j = at(entries, started)
      const [denied, start] = [entries[i], entries[j]]
      if (denied === undefined || start === undefined) return null
      const { stepId, key, verdictDigest } = asObject(denied.payload ?? undefined)
      const after = Math.max(i, j)
      const { time = start.head.time, fence = start.head.fence } = entries[after]?.head ?? {}
      return {
        entries: rehashed(
          entries.toSpliced(
            after + 1,
            0,
            edited(start, {
              head: { time, fence },
              payload: {
                ...asObject(start.payload ?? undefined),
                stepId: stepId ?? "",
                key: key ?? "",
                verdictDigest: verdictDigest ?? "",
              },
            }),
          ),
        ),
      }
    },
  },
  {
    says: "the plan is changed and the tail is hashed again",
    found: ["rederive", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(entries, "controlPlane.plan.compiled@1")
      return i < 0
        ? null
        : {
            entries: rehashed(
              change(entries, i, (payload) =>
                withLeaf(payload, ["plan", "steps", 0, "floor"], (floor) =>
                  floor === "high" ? "low" : "high",
                ),
              ),
            ),
          }
    },
  },
  {
    says: "a signed review is turned round and the tail is hashed again",
    found: ["approval", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(
        entries,
        reviewed,
        ({ method, decision, late }) => method === "ed25519" && decision === "approve" && late === false,
      )
      return i < 0
        ? null
        : { entries: rehashed(change(entries, i, (payload) => ({ ...payload, decision: "reject" }))) }
    },
  },
  {
    says: "a signed review is given to another person who signs with their own key",
    found: ["approval", "head"],
    missed: ["chain"],
    forge: ({ entries }) => {
      const i = at(entries, reviewed, ({ method }) => method === "ed25519")
      const human =
        entries[i] === undefined
          ? ids.ana
          : asObject(entries[i].payload ?? undefined)["human"] === ids.ana
            ? ids.ben
            : ids.ana
      return i < 0
        ? null
        : {
            entries: rehashed(
              change(entries, i, (payload) => ({
                ...payload,
                signature: signedReview(human, {
                  decision: "approve",
                  origin: "x",
                  at: start,
                  reasonDigest: null,
                  items: [],
                }),
              })),
            ),
          }
    },
  },
  {
    says: "the whole trace is replaced by another history of the same execution",
    found: ["head"],
    missed: ["chain", "approval", "rederive"],
    forge: (recording) => ({ entries: anotherHistory(recording) }),
  },
  {
    says: "the channel of an unsigned review is changed and the tail is hashed again",
    found: ["head"],
    missed: ["chain", "approval", "rederive"],
    forge: ({ entries }) => {
      const i = at(entries, reviewed, ({ method }) => method === "session")
      return i < 0
        ? null
        : {
            entries: rehashed(
              change(entries, i, (payload) => ({
                ...payload,
                channel: payload["channel"] === "cli" ? "console" : "cli",
              })),
            ),
          }
    },
  },
]

describe("tampering with a stored trace", () => {
  test.each(forgeries.map((forgery) => [forgery.says, forgery] as const))(
    "INV-07 %s",
    { timeout: 240_000 },
    (_says, { forge, found, missed }) => {
      const forged = recordings.flatMap((recording) => {
        const made = forge(recording)
        return made === null ? [] : [{ recording, ...made }]
      })
      expect(forged.length).toBeGreaterThan(0)
      for (const { recording, entries, texts } of forged.slice(0, tracesPerForgery)) {
        const layers = layersOf(recording, entries, texts)
        expect(layers).toEqual(expect.arrayContaining([...found]))
        for (const layer of missed) expect(layers).not.toContain(layer)
      }
    },
  )

  test("deleting a payload is shown as missing, and the proof stands", () => {
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
      blobs,
      keys: [],
      engine: null,
    })
    if (!written.ok) throw new Error(written.error.code)
    const verification = verifyBundle(written.value.bytes, reviewKeys)
    expect([verification.result, verification.payloads.erased, verification.completeness]).toEqual([
      "verified",
      1,
      "proofOnly",
    ])
    const report = replay(written.value.bundle)
    expect(
      report.ok && [report.value.result, report.value.unverifiable[0]?.reason, report.value.first],
    ).toEqual(["unverifiable", "erased", null])
  })

  test("dropping a whole execution is found by nobody who has only the others", () => {
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
    "INV-08 a changed decision, statement or start is found by re-derivation, however well it was hashed again",
    { timeout: 240_000 },
    () => {
      const dice = diceOf(8)
      let tried = 0
      const missed: string[] = []
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
        const layers = layersOf(recording, forged)
        if (!layers.includes("rederive") && !layers.includes("chain"))
          missed.push(`${entry.head.kind} ${leaf.join("/")}`)
      }
      expect(missed).toEqual([])
      expect(tried).toBeGreaterThan(80)
    },
  )
})

/** What of each kind is derived and not a fact: every leaf below these places. */
const derivedKinds: ReadonlyMap<string, readonly string[]> = new Map([
  [
    decided,
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
    started,
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
    requested,
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
  [completed, ["outputDigest", "durationMs"]],
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

function swapText(blob: BlobRow, about: string, from: string, to: string): BlobRow {
  const text = new TextDecoder().decode(blob.bytes)
  if (!text.includes(about)) return blob
  const parsed = parseJson(new TextEncoder().encode(text.replaceAll(from, to)))
  const bytes = canonicalBytes(parsed.ok ? parsed.value : null)
  return { ...blob, bytes, digest: blobDigest(bytes) }
}

// The administrator runs the program again, elsewhere, and puts what came of it in place of the record.
const anotherHistory = ({ execution, entries }: Recording): readonly [TraceEntry, ...TraceEntry[]] =>
  recordExecution({ seed: 9_000 + entries.length, as: execution.executionId }).entries
