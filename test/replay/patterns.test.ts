// Patterns of contracts in a bundle: for every pattern both verifiers answer soon, alike, and never with a pass unchecked.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { testPattern, verifyBundle } from "@counterfoil/verifier"
import {
  canonicalBytes,
  contractMediaType,
  contractOfDocument,
  digestsOfDocument,
  jsonLimits,
  parseJson,
  PatternUndecided,
  type BundleId,
  type ContractDocument,
  type Digest,
  type Json,
  type JsonObject,
  type TraceEntry,
} from "@counterfoil/contracts"
import { blobDigest } from "@counterfoil/contracts/digest"
import { patternAnswer } from "@counterfoil/contracts/shape"
import { openReplay, readBundle, writeBundle } from "@counterfoil/replay"
import { asObject, edited, rehashed } from "./forge.ts"
import { blobs, recordExecution } from "./record-execution.ts"
import { engine, registry, reviewKeys, start } from "./world.ts"

/** Natively this takes 2^71 steps on a digest. */
const catastrophic = "^(([!-~])+)+ $"

const documents = blobs.flatMap(({ mediaType, bytes }) => {
  const parsed = mediaType === contractMediaType ? parseJson(bytes, jsonLimits) : null
  return parsed?.ok === true ? [asObject(parsed.value)] : []
})
const named = (name: string): ContractDocument => {
  const found = documents.find((document) => document["name"] === name)
  if (found === undefined) throw new Error(`no document of ${name}`)
  return found
}

/** A bundle whose contract has another document, with every digest of it made again. */
function bundleWith(
  name: string,
  change: (document: ContractDocument) => ContractDocument,
  seed = 3,
): Uint8Array {
  const before = named(name)
  const after = change(before)
  const [old, now] = [pinOf(before), pinOf(after)]
  const entries = recordExecution({ seed }).entries.map((entry) => renamed(entry, old, now))
  const bytes = canonicalBytes(after)
  const written = writeBundle({
    bundleId: "bun_01kaz3v8g0e8r4n2t6w0y3b5d7" as BundleId,
    createdAt: start,
    createdBy: "forger",
    payloads: "all",
    entries: rehashed(entries),
    blobs: [
      ...blobs.filter(({ digest }) => digest !== blobDigest(canonicalBytes(before))),
      { digest: blobDigest(bytes), mediaType: contractMediaType, bytes },
    ],
    keys: reviewKeys,
    engine: null,
  })
  if (!written.ok) throw new Error(written.error.code)
  return written.value.bytes
}

const pinOf = (document: ContractDocument): Digest => digestsOfDocument(document).digest

function renamed(entry: TraceEntry, old: Digest, now: Digest): TraceEntry {
  const swap = (value: Json): Json => JSON.parse(JSON.stringify(value).replaceAll(old, now)) as Json
  return edited(entry, { head: asObject(swap({ ...entry.head })), payload: swap(entry.payload) })
}

/** The document of an event whose payload has one more condition on a field. */
const withPattern =
  (field: string, pattern: string) =>
  (document: ContractDocument): ContractDocument => {
    const payload = asObject(document["payload"])
    const properties = asObject(payload["properties"])
    const changed: JsonObject = { ...asObject(properties[field]), pattern }
    return { ...document, payload: { ...payload, properties: { ...properties, [field]: changed } } }
  }

/** Of processor time, so that a busy machine does not count. */
const soonMicros = 5_000_000
function timed<T>(act: () => T): T {
  const before = process.cpuUsage()
  const made = act()
  expect(process.cpuUsage(before).user).toBeLessThan(soonMicros)
  return made
}

describe("a pattern of a contract in a bundle", () => {
  test("that would take a backtracking engine forever is tested, and what does not match does not verify", () => {
    const bytes = bundleWith("controlPlane.intent.received", withPattern("keyDigest", catastrophic))
    const { result, checks } = timed(() =>
      verifyBundle(bytes, { keys: reviewKeys, head: null, derive: null }),
    )
    expect([result, checks.find(({ status }) => status === "failed")?.at]).toEqual([
      "doesNotVerify",
      "/payload/keyDigest",
    ])
  })

  test.each([
    ["a back-reference", "^(sha256):.*(?!\\1)"],
    ["a lookbehind", "(?<=sha256:).*"],
    ["a count beyond bounds", "^([!-~]?){71}([!-~]{0,9}){9999}"],
    ["more characters than are read", `^${"(?:)".repeat(2000)}sha256`],
  ])("that cannot be tested within bounds (%s) could not be checked", (_what, pattern) => {
    const bytes = bundleWith("controlPlane.intent.received", withPattern("keyDigest", pattern))
    const { result, checks } = timed(() =>
      verifyBundle(bytes, { keys: reviewKeys, head: null, derive: null }),
    )
    expect(result).toBe("couldNotCheck")
    expect(checks.filter(({ status }) => status === "notChecked").map(({ check }) => check)).toContain(5)
  })

  test("a schema that leads to itself twice over is given up, not followed", () => {
    const bytes = bundleWith("controlPlane.intent.received", (document) => {
      const payload = asObject(document["payload"])
      const properties = asObject(payload["properties"])
      return {
        ...document,
        payload: {
          ...payload,
          $defs: { ...asObject(payload["$defs"]), ...doubling(40, { type: "string" }) },
          properties: { ...properties, keyDigest: { anyOf: [{ $ref: "#/$defs/l0" }, { type: "null" }] } },
        },
      }
    })
    expect(verifyBundle(bytes, { keys: reviewKeys, head: null, derive: null }).result).toBe("couldNotCheck")
  })

  const many = 4_000
  const numbers = Array.from({ length: many }, (_, i) => i)
  const names = numbers.map((i) => `n${i}`)
  test.each<readonly [string, JsonObject]>([
    ["lists values", { enum: [...numbers.map((i) => ({ i })), { enum: "last" }] }],
    ["lists types", { type: [...names.map(() => "null"), "string"] }],
    ["lists properties", { properties: Object.fromEntries(names.map((name) => [name, true])) }],
    ["demands members", { required: [...names.map(() => "owner"), "none"] }],
    ["has keywords that say nothing", Object.fromEntries(names.map((name) => [`x-${name}`, 1]))],
  ])(
    "a schema that %s and is evaluated again and again is given up, at any cost of one evaluation",
    (_what, dear) => {
      const bytes = bundleWith("controlPlane.intent.received", (document) => {
        const payload = asObject(document["payload"])
        const look = { allOf: [{ $ref: "#/$defs/dear" }, false] }
        return {
          ...document,
          payload: {
            ...payload,
            $defs: { ...asObject(payload["$defs"]), dear },
            anyOf: [...numbers.map(() => look), true],
          },
        }
      })
      const { result } = timed(() => verifyBundle(bytes, { keys: reviewKeys, head: null, derive: null }))
      expect(result).toBe("couldNotCheck")
    },
  )

  test("replay does not derive what such a pattern decides, and says so", () => {
    const replay = openReplay({ installed: registry, engine, mode: "recorded" })
    const looked = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const undecidable = inputWith("chargeId", "(?<=c)h|^(.*)\\1?$")
      const read = readBundle(bundleWith("payments.charge.get", undecidable, seed))
      const report = timed(() => (read.ok ? replay(read.value) : null))
      return report?.ok === true ? report.value : null
    })
    const stopped = looked.filter((report) =>
      report?.unverifiable.some(({ what }) => what === "a pattern that cannot be tested within bounds"),
    )
    expect(stopped.length).toBeGreaterThan(0)
    expect(stopped.map((report) => report?.result)).not.toContain("identical")
  })

  test("parsing with a document's contract is bounded, and after its budget it decides nothing", () => {
    const contract = (pattern: string, steps: number) => {
      const made = contractOfDocument(inputWith("chargeId", pattern)(named("payments.charge.get")), {
        left: steps,
      })
      if (made === null || made.contract.kind !== "query") throw new Error("no query")
      return made.contract.input
    }
    const value = { chargeId: `ch_${"a".repeat(40)}` }
    expect(timed(() => contract("^(([!-~])+)+ $", 1_000_000).safeParse(value).success)).toBe(false)
    expect(timed(() => contract("^(([!-~])+)+$", 1_000_000).safeParse(value).success)).toBe(true)
    expect(() => contract("^(([!-~])+)+$", 50).safeParse(value)).toThrow(PatternUndecided)
  })

  test("a document whose schema unfolds without end is refused, and is not unfolded", () => {
    const charge = named("payments.charge.get")
    const input = asObject(charge["input"])
    const unfolding = (levels: number): ContractDocument => ({
      ...charge,
      input: {
        ...input,
        $defs: doubling(levels, { type: "string" }),
        properties: { chargeId: { $ref: "#/$defs/l0" } },
      },
    })
    expect(timed(() => contractOfDocument(unfolding(5)))).not.toBeNull()
    expect(timed(() => contractOfDocument(unfolding(40)))).toBeNull()
  })

  test("both verifiers give one answer to every expression, and run out of steps at the same one", () => {
    const answers = { matches: 0, differs: 0, undecided: 0 }
    fc.assert(
      fc.property(expression, subject, fc.integer({ min: 0, max: 400 }), (pattern, text, left) => {
        const answer = patternAnswer(pattern, text, { left })
        expect(testPattern(pattern, text, { left })).toBe(answer)
        answers[answer] += 1
      }),
      { numRuns: 4000 },
    )
    expect(Math.min(...Object.values(answers))).toBeGreaterThan(300)
  })

  test("of a time is one form to both: many of the spelled ones do not exist", () => {
    const spelling = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`
    const two = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, "0"))
    const year = fc.oneof(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom(0, 4, 1900, 2000, 2024, 2100))
    const time = fc
      .tuple(year, two(13), two(32), two(25), two(61), two(61))
      .map(([y, mo, d, h, mi, s]) => `${String(y).padStart(4, "0")}-${mo}-${d}T${h}:${mi}:${s}.000Z`)
    fc.assert(
      fc.property(time, (text) => {
        const left = 1_000
        expect([text, testPattern(spelling, text, { left })]).toEqual([
          text,
          patternAnswer(spelling, text, { left }),
        ])
      }),
      { numRuns: 5_000 },
    )
  })

  test("both read every pattern of the built-in contracts", () => {
    const patterns = new Set(documents.flatMap((document) => patternsIn(document)))
    expect(patterns.size).toBeGreaterThan(20)
    for (const pattern of patterns)
      for (const text of ["", "a", "sha256:00", "2026-11-21T08:35:00.000Z", "a/b", "PT5M"])
        expect([pattern, testPattern(pattern, text, { left: 1000 })]).toEqual([
          pattern,
          new RegExp(pattern).test(text) ? "matches" : "differs",
        ])
  })
})

/** Definitions each of which is the next one twice, down to a last one that a digest is not. */
function doubling(levels: number, last: Json): JsonObject {
  const each = Array.from({ length: levels }, (_, i): [string, Json] => {
    const next = { $ref: `#/$defs/l${i + 1}` }
    return [`l${i}`, { anyOf: [next, next] }]
  })
  return Object.fromEntries([...each, [`l${levels}`, { ...asObject(last), maxLength: 1 }]])
}

function inputWith(field: string, pattern: string) {
  return (document: ContractDocument): ContractDocument => {
    const input = asObject(document["input"])
    const properties = asObject(input["properties"])
    return {
      ...document,
      input: { ...input, properties: { ...properties, [field]: { type: "string", pattern } } },
    }
  }
}

function patternsIn(value: Json): readonly string[] {
  if (typeof value !== "object" || value === null) return []
  const own = Array.isArray(value) ? undefined : asObject(value)["pattern"]
  return [...(typeof own === "string" ? [own] : []), ...Object.values(value).flatMap(patternsIn)]
}

/** Pieces of expressions, read or not, put together at random. */
const piece = fc.constantFrom(
  ..."a b - . ^ $ | ( ) (?: (?= (?! (?<n> (?<= \\b \\B \\d \\w \\p{L} \\u0061 \\x62 \\1 \\/ \\- ] } { é 💡".split(
    " ",
  ),
  ..."[ab] [^a] [a-c-] [\\]] [\\w-] * + ? *? {2} {1,} {0,3} {99} {1,2}? (a|b)* (a*)* (?:ab?)+ (?=.*b) (.|a){2,}".split(
    " ",
  ),
)
const expression = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(""))
const subject = fc.string({
  unit: fc.constantFrom("a", "b", "c", "1", "-", "é", "💡", "]", "{"),
  maxLength: 12,
})
