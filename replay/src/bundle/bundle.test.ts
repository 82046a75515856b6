import { BundleId, Time, canonical, canonicalBytes, parseJson, type Json } from "@counterfoil/contracts"
import { blobDigest, bundleDigestOf, utf8 } from "@counterfoil/contracts/digest"
import { describe, expect, test } from "vitest"
import { sampleTrace } from "../../test/sample-trace.ts"
import { entriesOf } from "./bundle.ts"
import { readBundle } from "./read-bundle.ts"
import { writeBundle, type BundleContents } from "./write-bundle.ts"

const bytesOf = (change: Partial<BundleContents> = {}): Uint8Array => {
  const written = writeBundle({
    bundleId: BundleId.parse("bun_01kaz3v8g0e8r4n2t6w0y3b5d7"),
    createdAt: Time.parse("2026-11-21T09:00:00.000Z"),
    createdBy: "counterfoil 0.1.0",
    payloads: "all",
    entries: sampleTrace(),
    keys: [],
    engine: null,
    blobs: [utf8("permit;"), Uint8Array.of(0xff, 0xfe)].map((bytes) => ({
      digest: blobDigest(bytes),
      mediaType: "text/plain",
      bytes,
    })),
    ...change,
  })
  if (!written.ok) throw new Error("too large")
  return written.value.bytes
}

/** The lines of a bundle edited, with a trailer that fits them again. */
function edited(bytes: Uint8Array, edit: (lines: readonly string[]) => readonly string[]): Uint8Array {
  const lines = edit(new TextDecoder().decode(bytes).split("\n").slice(0, -2))
  const body = utf8(lines.map((line) => `${line}\n`).join(""))
  return utf8(
    new TextDecoder().decode(body) +
      canonical({ type: "trailer", lines: lines.length + 1, digest: bundleDigestOf(body) }) +
      "\n",
  )
}
const problemOf = (bytes: Uint8Array) => {
  const read = readBundle(bytes)
  return read.ok ? null : [read.error.check, read.error.line, read.error.because]
}
const withField = (line: string, change: { readonly [field: string]: Json }): string => {
  const parsed = parseJson(utf8(line))
  return canonical({ ...(parsed.ok ? (parsed.value as { readonly [field: string]: Json }) : {}), ...change })
}

describe("a bundle", () => {
  test("is read as it was written, entries byte for byte", () => {
    const read = readBundle(bytesOf())
    expect(read.ok && entriesOf(read.value)).toEqual(sampleTrace())
    expect(read.ok && new Set(read.value.blobs.map(({ bytes }) => bytes))).toEqual(
      new Set([Uint8Array.of(0xff, 0xfe), utf8("permit;")]),
    )
  })

  test("is the same bytes when it is written twice", () => {
    expect(bytesOf()).toEqual(bytesOf())
  })

  test("differs only in header and trailer when it is made again later", () => {
    const lines = (bytes: Uint8Array) => new TextDecoder().decode(bytes).split("\n").slice(1, -2)
    expect(lines(bytesOf({ createdAt: Time.parse("2027-01-01T00:00:00.000Z") }))).toEqual(lines(bytesOf()))
  })

  test("without payloads keeps heads and hashes, and says that it proves only", () => {
    const read = readBundle(bytesOf({ payloads: "none" }))
    expect(read.ok && read.value.header.completeness).toEqual({
      kind: "proofOnly",
      reasons: ["payloadsOmitted"],
    })
    expect(read.ok && entriesOf(read.value).map(({ payload, hash }) => [payload, hash])).toEqual(
      sampleTrace().map(({ hash }) => [null, hash]),
    )
  })

  test.each<[string, (bytes: Uint8Array) => Uint8Array, string, string]>([
    ["a byte changed", (bytes) => bytes.with(40, bytes[40] === 0x61 ? 0x62 : 0x61), "FORMAT", ""],
    ["no newline at the end", (bytes) => bytes.slice(0, -1), "FORMAT", "the last line does not end"],
    ["no bytes", () => new Uint8Array(), "FORMAT", "the last line does not end"],
    [
      "no trailer",
      (bytes) => bytes.slice(0, bytes.lastIndexOf(10, bytes.length - 2) + 1),
      "FORMAT",
      "the last line is not the one trailer",
    ],
    [
      "a line spelled otherwise",
      (bytes) => edited(bytes, ([first = "", ...rest]) => [first.replace(":", ": "), ...rest]),
      "FORMAT",
      "the line is not in canonical form",
    ],
    [
      "an unknown type",
      (bytes) => edited(bytes, (lines) => [...lines, canonical({ type: "proof" })]),
      "FORMAT",
      "the line has no known form, at /type",
    ],
    [
      "an unknown field",
      (bytes) => edited(bytes, ([first = "", ...rest]) => [withField(first, { note: "x" }), ...rest]),
      "FORMAT",
      "the line has no known form, at /note",
    ],
    [
      "lines in another order",
      (bytes) => edited(bytes, (lines) => [...lines.slice(0, 1), ...lines.slice(3), ...lines.slice(1, 3)]),
      "FORMAT",
      "the line comes after one of a later type",
    ],
    [
      "a blob under another digest",
      (bytes) =>
        edited(bytes, (lines) => [
          ...lines.slice(0, 3),
          withField(lines[3] ?? "", { digest: blobDigest(utf8("other")) }),
        ]),
      "BLOB",
      "the blob is not the one that its digest names",
    ],
    [
      "a blob with two contents",
      (bytes) =>
        edited(bytes, (lines) => [
          ...lines.slice(0, 3),
          withField(lines[3] ?? "", { text: "a", base64: "YQ==" }),
        ]),
      "BLOB",
      "the blob is not one of text and base64, in its one spelling",
    ],
    [
      "a payload left out without saying so",
      (bytes) =>
        edited(bytes, (lines) =>
          lines.map((line, i) =>
            i === 1 ? withField(line, { payload: null, payloadState: "omitted" }) : line,
          ),
        ),
      "FORMAT",
      "the payload's state contradicts the payload or the header",
    ],
  ])("is refused with %s", (_what, change, check, because) => {
    const problem = problemOf(change(bytesOf()))
    expect(problem?.[0]).toBe(check)
    if (because !== "") expect(problem?.[2]).toBe(because)
  })

  test("is refused when any one byte is another one", () => {
    const bytes = bytesOf()
    const accepted = Array.from({ length: 400 }, (_, i) => Math.floor((i * bytes.length) / 400)).filter(
      (at) => problemOf(bytes.with(at, (bytes[at] ?? 0) ^ 1)) === null,
    )
    expect(accepted).toEqual([])
  })
})

test("a line larger than the format allows is not written", () => {
  const huge = canonicalBytes("x".repeat(9 * 1024 * 1024))
  const written = writeBundle({
    bundleId: BundleId.parse("bun_01kaz3v8g0e8r4n2t6w0y3b5d7"),
    createdAt: Time.parse("2026-11-21T09:00:00.000Z"),
    createdBy: "counterfoil 0.1.0",
    payloads: "all",
    entries: sampleTrace(),
    keys: [],
    engine: null,
    blobs: [{ digest: blobDigest(huge), mediaType: "text/plain", bytes: huge }],
  })
  expect(written).toEqual({ ok: false, error: { code: "LIMIT_EXCEEDED", limit: 8 * 1024 * 1024 } })
})
