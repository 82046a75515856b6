// One corpus of forgeries under both verifiers. Each is made to fit again in every way that is open to a forger, so that
// only the named check can find it: both verifiers have to name it, the same one.

import { describe, expect, test } from "vitest"
import {
  canonicalBytes,
  contractMediaType,
  contractOfDocument,
  digestsOfDocument,
  registryOf,
  SemVer,
  stepOutputLimits,
  type BundleId,
  type Json,
  type JsonObject,
  type Registry,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest, digestOf } from "@counterfoil/contracts/digest"
import { openTraceTexts, ownLock } from "@counterfoil/gate"
import { writeBundle, type SignatureKit } from "@counterfoil/replay"
import { sayBoth, verifyWhole } from "./both.ts"
import { asObject, edited, rehashed } from "./forge.ts"
import { everyForgery as forgeries } from "./forgeries/every-forgery.ts"
import { underLaxerContract } from "./forgeries/of-files.ts"
import { honestAgain } from "./forgeries/of-signatures.ts"
import { change, find, hashed, kinds, type Forged, type FoundBy } from "./forgeries/forgery.ts"
import { sealed } from "./mutate-bundle.ts"
import { bundleOf, recordExecution, textsOf, type Recording } from "./record-execution.ts"
import { registry, reviewKeys, start } from "./world.ts"

const recordings: readonly Recording[] = Array.from({ length: 240 }, (_, i) =>
  recordExecution({ seed: 5_000 + i, trouble: i % 3 === 0 ? 0.12 : 0.04 }),
)

/** On how many traces each forgery is tried. */
const tracesEach = 1

/** The file that is handed over. */
function fileOf(recording: Recording, forged: Forged): Uint8Array {
  const entries = forged.entries ?? recording.entries
  const written = writeBundle({
    bundleId: "bun_01kaz3v8g0e8r4n2t6w0y3b5d7" as BundleId,
    createdAt: start,
    createdBy: "forger",
    payloads: "all",
    entries,
    blobs: forged.texts ?? textsOf(entries),
    keys: reviewKeys,
    engine: null,
  })
  if (!written.ok) throw new Error(written.error.code)
  const bytes = forged.lines === undefined ? written.value.bytes : withEngine(written.value.bytes)
  if (forged.lines === undefined) return bytes
  return sealed(forged.lines(new TextDecoder().decode(bytes).split("\n").slice(0, -2)))
}

// Some forgeries are about the engine's line.
function withEngine(bytes: Uint8Array): Uint8Array {
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -2)
  const engine = `{"digest":"sha256:${"0".repeat(64)}","name":"cedar-wasm","type":"engine","version":"1"}`
  return sealed([...lines, engine])
}

const headOf = (entries: readonly TraceEntry[]) => {
  const last = entries.at(-1)
  return { seq: last?.head.seq ?? 0, hash: last?.hash ?? "" }
}

describe("a forgery", () => {
  test.each(forgeries.map((forgery) => [forgery.says, forgery.by, forgery] as const))(
    "INV-02 INV-06 INV-07 %s: found by %s",
    { timeout: 60_000 },
    (_says, by, { forge }) => {
      let tried = 0
      for (const recording of recordings) {
        const forged = tried < tracesEach ? forge(recording) : null
        if (forged === null) continue
        tried += 1
        found(by, fileOf(recording, forged), recording, forged.keys)
      }
      expect(tried).toBeGreaterThan(0)
    },
  )

  test("is one of a corpus that names every check that a bundle can fail", () => {
    expect(forgeries.length).toBeGreaterThanOrEqual(40)
    expect(new Set(forgeries.map(({ says }) => says)).size).toBe(forgeries.length)
    expect([...new Set(forgeries.map(({ by }) => by))].sort()).toEqual(
      ["APPROVAL", "BLOB", "CHAIN", "CONSUMPTION", "DERIVE", "FORMAT", "HEAD", "PAYLOAD", "SEQUENCE"].sort(),
    )
  })

  test("that swaps an event contract for a laxer one is taken by a verifier that has no contracts, and not by the whole", () => {
    const [bytes] = recordings.flatMap((recording) => {
      const made = underLaxerContract(recording)
      return made === null ? [] : [fileOf(recording, made)]
    })
    if (bytes === undefined) throw new Error("nothing was decided")
    expect(sayBoth(bytes)).toMatchObject({ first: "PAYLOAD", second: null })
    expect(verifyWhole(bytes).checks.find(({ status }) => status === "failed")?.name).toBe("DERIVE")
  })

  test.each<readonly [string, JsonObject, Change, "BLOB" | null]>([
    ["words of a schema", {}, { payload: { title: "forged", deprecated: true } }, null],
    [
      "examples longer than any string of an entry",
      {},
      { examples: [{ note: "x".repeat(4 * 1024 * 1024 + 1) }] },
      null,
    ],
    ["a title beside its schemas", {}, { title: "forged" }, "BLOB"],
    ...["const", "default"].map(
      (keyword) =>
        [
          `a title inside ${keyword}`,
          { anyOf: [{}, { [keyword]: { title: "recorded" } }] },
          { payload: { anyOf: [{}, { [keyword]: { title: "forged" } }] } },
          "BLOB",
        ] as const,
    ),
    ...(
      [
        ["enum", "BLOB"],
        ["examples", null],
      ] as const
    ).map(
      ([keyword, check]) =>
        [
          `a title inside ${keyword}`,
          { anyOf: [{}, { [keyword]: [{ title: "recorded" }] }] },
          { payload: { anyOf: [{}, { [keyword]: [{ title: "forged" }] }] } },
          check,
        ] as const,
    ),
  ])(
    "that changes %s in a contract is found by both or by neither: what only people read is not digested",
    (_what, schema, change, check) => {
      const [recording] = recordings
      if (recording === undefined) throw new Error("nothing was recorded")
      const recorded = withIntentContract(recording, { payload: schema })
      const said = sayBoth(fileOf(recording, recorded))
      expect([said.first, said.second, said.about]).toEqual([null, null, { first: "", second: "" }])
      const { texts } = withIntentContract(recording, {
        ...change,
        payload: { ...schema, ...change.payload },
      })
      const forged = sayBoth(fileOf(recording, { entries: recorded.entries, texts }))
      expect([forged.first, forged.second]).toEqual([check, check])
    },
  )

  test("is not what a person does who withdraws and signs anew", () => {
    const again = recordings.flatMap((recording) => {
      const made = honestAgain(recording)
      return made === null ? [] : [fileOf(recording, made)]
    })
    expect(again.length).toBeGreaterThan(0)
    for (const bytes of again.slice(0, tracesEach)) {
      const said = sayBoth(bytes)
      expect([said.first, said.second, said.about]).toEqual([null, null, { first: "", second: "" }])
    }
  })
})

/** What a contract's document has otherwise: members of the whole, and keywords of its payload's schema. */
type Change = JsonObject & { readonly payload?: JsonObject }

/** The recording as if the contract of its first entry had been so: the entry under its digest, and its text. */
function withIntentContract({ entries }: Recording, { payload = {}, ...whole }: Change) {
  const event = registry.event("controlPlane.intent.received@1")
  if (event === undefined) throw new Error("no such event")
  const document = asObject(canonicalJson(event.document))
  const other: JsonObject = {
    ...document,
    ...whole,
    payload: { ...asObject(document["payload"]), ...payload },
  }
  const kindDigest = digestsOfDocument(other).digest
  const bytes = canonicalBytes(other)
  const own = blobDigest(canonicalBytes(document))
  return {
    entries: rehashed(
      entries.map((entry) =>
        entry.head.kind === event.ref ? edited(entry, { head: { kindDigest } }) : entry,
      ),
    ),
    texts: textsOf(entries).map((blob) =>
      blob.digest === own ? { digest: blobDigest(bytes), mediaType: contractMediaType, bytes } : blob,
    ),
  }
}

/** What has to be said of a forged file. */
function found(
  by: FoundBy,
  bytes: Uint8Array,
  before: Recording,
  keys: SignatureKit["keys"] = reviewKeys,
): void {
  const said = sayBoth(bytes, keys)
  const told = [said.first, said.second, said.about] as const
  if (by !== "DERIVE" && by !== "HEAD") return expect(told).toEqual([by, by, said.about])
  expect(told).toEqual([null, null, { first: "", second: "" }])
  const alone = verifyWhole(bytes, null)
  const derived = alone.checks.find(({ name }) => name === "DERIVE")?.status
  if (by === "DERIVE") {
    expect(derived).not.toBe("passed")
    return expect(["doesNotVerify", "couldNotCheck"]).toContain(alone.result)
  }
  // The file alone cannot show it: the result is at most `consistent`, and a head kept elsewhere reveals it.
  expect([derived, alone.result]).toEqual(["passed", "consistent"])
  const kept = verifyWhole(bytes, headOf(before.entries))
  expect(kept.checks.find(({ status }) => status === "failed")?.name).toBe("CHAIN")
}

describe("what was recorded", () => {
  test("verifies across an upgrade that came while the execution was open, and with both versions of an event", () => {
    const [recording] = recordings.filter(({ entries }) => entries.filter(isCompletion).length > 1)
    if (recording === undefined) throw new Error("nothing was completed twice")
    const { entries, texts } = upgraded(recording)
    const bytes = fileOf(recording, { entries, texts })
    expect(sayBoth(bytes)).toMatchObject({ first: null, second: null })
    expect(verifyWhole(bytes).checks.filter(({ name }) => name === "BLOB")).toMatchObject([
      { status: "passed" },
    ])
    // Without the registry's own version, what was in force at the beginning is not all here.
    const fewer = fileOf(recording, { entries, texts: texts.slice(1) })
    expect(verifyWhole(fewer).result).not.toBe("consistent")
  })

  test("verifies with words as long as they may be, in characters of two UTF-16 code units", () => {
    const longest = "\u{1f600}".repeat(1_000)
    const noted = recordings.flatMap((recording) => {
      const at = find(
        recording.entries,
        kinds.reviewed,
        ({ decision, method }) => decision === "approve" && method === "session",
      )
      return at === null
        ? []
        : [
            fileOf(
              recording,
              hashed(change(recording.entries, at, (payload) => ({ ...payload, note: longest }))),
            ),
          ]
    })
    expect(noted.length).toBeGreaterThan(0)
    for (const bytes of noted.slice(0, tracesEach))
      expect(sayBoth(bytes)).toMatchObject({ first: null, second: null })
  })

  test("verifies with outputs as large as a step may have", () => {
    const nested = Array.from({ length: stepOutputLimits.depthMax }).reduce<Json>((inner) => [inner], null)
    const long = Array.from({ length: stepOutputLimits.itemsMax }, () => 0)
    for (const output of [nested, long]) {
      const [recording, at] = whereIn(kinds.completed)
      const outputDigest = digestOf("counterfoil.output.v1", canonicalBytes(output))
      const forged = hashed(
        change(recording.entries, at, (payload) => ({ ...payload, output, outputDigest })),
      )
      expect(sayBoth(fileOf(recording, forged))).toMatchObject({ first: null, second: null })
    }
  })

  test("verifies where two releases followed the one that began it, as it is exported by the last of them", async () => {
    const [recording] = recordings.filter(({ entries }) => entries.filter(isCompletion).length > 1)
    if (recording === undefined) throw new Error("nothing was completed twice")
    const { entries, document } = upgraded(recording)
    const [second, third] = [document, { ...document, capability: "a.third" }].map(registryWith)
    if (second === undefined || third === undefined) throw new Error("both are registries")
    const locks = [third, second, registry].map((one) => ownLock(one, SemVer.parse("1.0.0")))
    const policies = textsOf(entries).filter(({ mediaType }) => mediaType !== contractMediaType)
    const kept = [...policies, ...locks.map(({ digest, bytes }) => ({ digest, mediaType: "lock", bytes }))]
    const open = (all: typeof locks) =>
      openTraceTexts(
        {
          text: (digest) => Promise.resolve(kept.find((one) => one.digest === digest) ?? null),
          lockOfRegistry: (of) =>
            Promise.resolve(locks.find((one) => one.registry.digest === of)?.digest ?? null),
          locks: () => Promise.resolve(all.map(({ digest }) => digest)),
        },
        third,
      )
    const bytes = fileOf(recording, { entries, texts: await open(locks)(entries) })
    expect(sayBoth(bytes)).toMatchObject({ first: null, second: null })
    expect(verifyWhole(bytes).checks.filter(({ name }) => name === "BLOB")).toMatchObject([
      { status: "passed" },
    ])
    const without = fileOf(recording, { entries, texts: await open(locks.slice(0, 1))(entries) })
    expect(sayBoth(without)).toMatchObject({ first: "BLOB", second: "BLOB" })
  })

  test("verifies under the digests that an earlier release gave its contracts", () => {
    const pins = registry.contracts
      .map(({ ref, version, formerDigest }) => ({ digest: formerDigest, ref, version }))
      .toSorted((a, b) => (a.ref < b.ref ? -1 : 1))
    const registryDigest = digestOf("counterfoil.registry.v1", canonicalBytes(pins))
    for (const recording of recordings.slice(0, 12)) {
      const [first] = recording.entries
      const { contract, ...payload } = asObject(first.payload ?? undefined)
      const pin = pins.find(({ ref }) => ref === asObject(contract)["ref"])
      const kindDigest = pins.find(({ ref }) => ref === first.head.kind)?.digest ?? ""
      const old = edited(first, {
        head: { kindDigest },
        payload: { ...payload, ...(pin === undefined ? {} : { contract: { ...pin } }), registryDigest },
      })
      const bytes = fileOf(recording, { entries: rehashed([old]) })
      expect(sayBoth(bytes)).toMatchObject({ first: null, second: null })
      const { checks } = verifyWhole(bytes)
      expect(checks.filter(({ name }) => name === "BLOB" || name === "DERIVE")).toMatchObject([
        { status: "passed" },
        { status: "passed" },
      ])
    }
  })

  test("verifies whole, up to the head that was kept, and no more is said of one that had not ended", () => {
    const results = new Set<string>()
    for (const recording of recordings.slice(0, 12)) {
      const { bytes } = bundleOf(recording)
      const { result, checks, proven } = verifyWhole(bytes, headOf(recording.entries))
      expect(checks.filter(({ status }) => status === "failed")).toEqual([])
      expect(result).toBe(proven.ended ? "verified" : "notEnded")
      expect(verifyWhole(bytes).result).toBe("consistent")
      const [first, ...rest] = recording.entries.slice(0, 4)
      if (first === undefined) continue
      const begun = { entries: [first, ...rest] } as const
      const early = verifyWhole(bundleOf(begun).bytes, headOf(begun.entries))
      expect(["notEnded", "couldNotCheck", "verified"]).toContain(early.result)
      results.add(result).add(early.result)
      const part = verifyWhole(bytes, headOf(begun.entries))
      expect([part.result, part.proven.head]).toEqual(["consistent", "comparedInPart"])
    }
    expect([...results]).toEqual(expect.arrayContaining(["notEnded", "verified"]))
  })
})

/** The first recording that has an entry of a kind, and where. */
function whereIn(kind: string): readonly [Recording, number] {
  for (const recording of recordings) {
    const at = find(recording.entries, kind)
    if (at !== null) return [recording, at]
  }
  throw new Error(`nothing was recorded of the kind ${kind}`)
}

const isCompletion = ({ head }: TraceEntry): boolean =>
  head.kind === "controlPlane.execution.step.completed@1"

/** The trace as if its last completion had been written by a later release, whose contract of that event is of another capability. */
function upgraded({ entries }: Recording) {
  const event = registry.event("controlPlane.execution.step.completed@1")
  if (event === undefined) throw new Error("no such event")
  const document: JsonObject = { ...asObject(canonicalJson(event.document)), capability: "another.one" }
  const last = entries.findLastIndex(isCompletion)
  const kindDigest = digestsOfDocument(document).digest
  const bytes = canonicalBytes(document)
  return {
    document,
    entries: rehashed(
      entries.map((entry, i) => (i === last ? edited(entry, { head: { kindDigest } }) : entry)),
    ),
    texts: [
      ...textsOf(entries).toSorted((a) => (a.digest === blobDigest(canonicalBytes(event.document)) ? -1 : 1)),
      { digest: blobDigest(bytes), mediaType: contractMediaType, bytes },
    ],
  }
}

/** The registry of a later release, with this document of one contract. */
function registryWith(document: JsonObject): Registry {
  const said = contractOfDocument(document)
  if (said === null) throw new Error("the changed document is one")
  const { contract } = said
  return registryOf(
    registry.contracts.map((one) => (one.ref === contract.ref ? contract : one)),
    registry.capabilities,
  )
}

const canonicalJson = (value: JsonObject): Json => JSON.parse(JSON.stringify(value)) as Json
