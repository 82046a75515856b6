import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonicalBytes } from "./canonical.ts"
import { jsonLimits, type JsonLimits } from "./json-limits.ts"
import type { Json } from "./json.ts"
import { parseJson } from "./parse-json.ts"

const encoder = new TextEncoder()
const parse = (text: string, limits?: JsonLimits) => parseJson(encoder.encode(text), limits)
const malformed = (offset: number) => ({ ok: false, error: { code: "JSON_MALFORMED", offset } })
const forbidden = (what: string, at: string, offset: number) => ({
  ok: false,
  error: { code: "JSON_FORBIDDEN", what, at, offset },
})

/** JSON.parse, as the reference; -0 becomes 0 as it does in canonical JSON. */
function reference(text: string): { readonly ok: boolean; readonly value?: unknown } {
  try {
    const value: unknown = JSON.parse(text, (_, member: unknown) => (member === 0 ? 0 : member))
    return { ok: true, value }
  } catch {
    return { ok: false }
  }
}

const reserved = new Set(["__proto__", "constructor", "prototype"])
const wellFormed = fc.string({ unit: "binary", maxLength: 20 })
const { document } = fc.letrec<{ document: Json; list: Json[]; object: Record<string, Json> }>((tie) => ({
  document: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ min: -1, max: 1, noNaN: true }),
    wellFormed,
    tie("list"),
    tie("object"),
  ),
  list: fc.array(tie("document"), { maxLength: 5 }),
  object: fc.dictionary(
    wellFormed.filter((key) => !reserved.has(key)),
    tie("document"),
    { maxKeys: 5, noNullPrototype: true },
  ),
}))
/** Valid documents after a few wrong turns: a byte changed, cut out or doubled. */
const damaged = fc
  .tuple(document, fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 }), fc.nat({ max: 2 })), { maxLength: 3 }))
  .map(([value, damages]) => {
    let bytes = [...encoder.encode(JSON.stringify(value))]
    for (const [place, byte, kind] of damages) {
      const at = place % (bytes.length + 1)
      bytes = bytes.toSpliced(at, kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [byte]))
    }
    return new Uint8Array(bytes)
  })

describe("accepted documents mean what JSON says", () => {
  test("every document within the limits is accepted as JSON.parse reads it", () => {
    fc.assert(
      fc.property(document, fc.constantFrom(undefined, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parse(text)).toEqual(reference(text))
      }),
      { numRuns: 500 },
    )
  })

  test("INV-08 a value that was accepted is accepted again in canonical form and is the same value", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const first = parseJson(bytes)
        fc.pre(first.ok)
        expect(first.ok && parseJson(canonicalBytes(first.value))).toEqual(first)
      }),
    )
  })

  test("nothing is accepted that JSON.parse refuses or reads differently", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const answer = parseJson(bytes)
        const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes)
        expect(answer.ok ? answer : reference(text)).toEqual(reference(text))
      }),
      { numRuns: 2000 },
    )
  })

  test("any bytes get an answer, and the offset of a problem lies within them", () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), damaged), (bytes) => {
        const answer = parseJson(bytes)
        const offset = answer.ok || answer.error.code === "INPUT_TOO_LARGE" ? 0 : answer.error.offset
        expect(offset).toBeGreaterThanOrEqual(0)
        expect(offset).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 2000 },
    )
  })

  test("escapes, white space and every kind of value", () => {
    expect(
      parse(
        ' {"a" :\t[ 1.5e2 , true,\r\nfalse , null ] , "\\u0041\\ud83d\\ude00" : "\\"\\\\\\/\\b\\f\\n\\r\\t" } ',
      ),
    ).toEqual({
      ok: true,
      value: { "a": [150, true, false, null], "A😀": '"\\/\b\f\n\r\t' },
    })
  })

  test("minus zero becomes zero, as in canonical JSON", () => {
    for (const text of ["-0", "-0.0", "-0e9", "0"]) expect(parse(text)).toEqual({ ok: true, value: 0 })
  })
})

describe("a document that is not JSON is refused at the byte that does not fit", () => {
  test.each([
    ["", 0],
    ["  ", 2],
    ["{", 1],
    ["[1,]", 3],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ["{a:1}", 1],
    ["[1 2]", 3],
    ["01", 1],
    ["1.", 1],
    [".5", 0],
    ["+1", 0],
    ["NaN", 0],
    ["nul", 0],
    ["truex", 4],
    ['"a', 2],
    ['"a\nb"', 2],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['"é" x', 5],
    ["1 // note", 2],
    ["'a'", 0],
  ])("%j at byte %i", (text, offset) => {
    expect(parse(text)).toEqual(malformed(offset))
  })

  test.each<[string, readonly number[], number]>([
    ["a byte that starts nothing", [0x22, 0xff, 0x22], 1],
    ["an overlong form", [0x22, 0xc0, 0xaf, 0x22], 1],
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22], 2],
    ["an end inside a character", [0x22, 0xe2, 0x82], 3],
  ])("%s is not UTF-8", (_, bytes, offset) => {
    expect(parseJson(Uint8Array.from(bytes))).toEqual(malformed(offset))
    expect(parse("1")).toEqual({ ok: true, value: 1 })
  })
})

/** A decimal as one exact text: its value times 10^400, which is a whole number for everything that is tried here. */
function exactly(text: string): string {
  const [, sign, whole = "", fraction = "", power = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/.exec(text) ?? []
  const scale = 400 + Number(power) - fraction.length
  const value = BigInt(whole + fraction) * 10n ** BigInt(scale)
  return String(sign === "-" ? -value : value)
}

describe("JSON that two parsers could read differently is refused", () => {
  test.each([
    ['{"steps":[],"steps":[]}', "a duplicate key", "/steps", 12],
    ['{"a":{"b":1,"\\u0062":2}}', "a duplicate key", "/a/b", 12],
    ['{"__proto__":1}', "a reserved key", "/__proto__", 1],
    ['[{"constructor":1}]', "a reserved key", "/0/constructor", 2],
    ['{"x":{"pr\\u006ftotype":1}}', "a reserved key", "/x/prototype", 6],
    ['["\\ud800"]', "a lone surrogate", "/0", 1],
    ['{"\\udc00":1}', "a lone surrogate", "", 1],
    ["[1e400]", "a number out of range", "/0", 1],
    ["-1e400", "a number out of range", "", 0],
    ["1e-400", "a number out of range", "", 0],
    ["9007199254740992", "an integer beyond 2^53-1", "", 0],
    ['{"é":-9007199254740993}', "an integer beyond 2^53-1", "/é", 6],
    ["1e20", "an integer beyond 2^53-1", "", 0],
    ["\ufeff{}", "a byte order mark", "", 0],
    ["[9007199254740990.7]", "a number that loses digits", "/0", 1],
    ['{"a":1.000000000000000005}', "a number that loses digits", "/a", 5],
    ["0.10000000000000001", "a number that loses digits", "", 0],
    ["0.1000000000000000055511151231257827", "a number that loses digits", "", 0],
    ["123456789012345.678901", "a number that loses digits", "", 0],
    ["-2.2250738585072011e-308", "a number that loses digits", "", 0],
    ["4.9e-324", "a number that loses digits", "", 0],
    [`1.${"0".repeat(400)}1`, "a number that loses digits", "", 0],
  ])("%j has %s", (text, what, at, offset) => {
    expect(parse(text)).toEqual(forbidden(what, at, offset))
  })

  test("a number is kept exactly when printing it again gives the number that was written", () => {
    const part = fc.stringMatching(/^[0-9]{1,25}$/)
    const spelled = fc
      .tuple(
        fc.constantFrom("", "-"),
        fc.oneof(
          fc.constant("0"),
          fc.stringMatching(/^[1-9][0-9]{0,19}$/),
          fc.integer({ min: 1, max: 999 }).map(String),
        ),
        fc.option(
          fc.oneof(
            part.map((digits) => `${digits}0`),
            fc.constantFrom("5", "50", "1", "25", "000"),
          ),
        ),
        fc.option(fc.integer({ min: -30, max: 30 })),
      )
      .map(([sign, whole, fraction, power]) =>
        [sign, whole, fraction === null ? "" : `.${fraction}`, power === null ? "" : `e${power}`].join(""),
      )
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String)
    const longer = fc
      .tuple(fc.double({ min: 0.1, max: 1, noNaN: true }), fc.stringMatching(/^[1-9]{1,5}$/))
      .map(([value, digits]) => `${value}${digits}`)
    const answers = { kept: 0, lost: 0 }
    fc.assert(
      fc.property(
        fc.oneof(
          spelled,
          longer,
          double.map((text) => text.replace("e+", "e")),
        ),
        (text) => {
          const value = Number(text)
          fc.pre(!Number.isInteger(value) || Number.isSafeInteger(value))
          const keeps = exactly(String(value)) === exactly(text)
          answers[keeps ? "kept" : "lost"] += 1
          expect([text, parse(text)]).toEqual([
            text,
            keeps ? { ok: true, value: value === 0 ? 0 : value } : expect.objectContaining({ ok: false }),
          ])
        },
      ),
      { numRuns: 5_000 },
    )
    expect(Math.min(answers.kept, answers.lost)).toBeGreaterThan(300)
  })

  test.each([
    "0.1",
    "1.0",
    "1e2",
    "1E+2",
    "100.00",
    "1.50e-3",
    "-0.0",
    "0e99",
    "5e-324",
    "1.7976931348623158e-10",
  ])("%s is kept, however it is spelled", (text) => {
    expect(parse(text)).toEqual({ ok: true, value: Number(text) + 0 })
  })

  test("names that objects inherit are ordinary keys", () => {
    expect(parse('{"toString":1,"hasOwnProperty":2}')).toEqual({
      ok: true,
      value: { toString: 1, hasOwnProperty: 2 },
    })
  })

  test("the largest integers are accepted", () => {
    expect(parse("[9007199254740991,-9007199254740991]")).toEqual({
      ok: true,
      value: [2 ** 53 - 1, 1 - 2 ** 53],
    })
  })
})

describe("every limit holds at its value and refuses one beyond", () => {
  const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
  const object = (keys: number) => `{${Array.from({ length: keys }, (_, n) => `"k${n}":0`).join(",")}}`
  const list = (items: number) => `[${Array.from({ length: items }, () => 0).join(",")}]`

  test("32 levels", () => {
    expect(parse(nested(32)).ok).toBe(true)
    expect(parse(nested(33))).toEqual(forbidden("too many levels", "/0".repeat(32), 32))
    expect(parse(nested(100_000))).toEqual(forbidden("too many levels", "/0".repeat(32), 32))
  })

  test("256 keys of an object", () => {
    expect(parse(object(256)).ok).toBe(true)
    expect(parse(object(257))).toMatchObject({
      error: { code: "JSON_FORBIDDEN", what: "too many keys", at: "" },
    })
  })

  test("1,000 elements of an array", () => {
    expect(parse(list(1000)).ok).toBe(true)
    expect(parse(list(1001))).toEqual(forbidden("too many items", "", 2001))
  })

  test("64 KiB of UTF-8 in a string or key", () => {
    expect(parse(`"${"é".repeat(32_768)}"`).ok).toBe(true)
    expect(parse(`["${"é".repeat(32_768)}x"]`)).toEqual(forbidden("too long a string", "/0", 1))
    expect(parse(`{"${"x".repeat(65_537)}":1}`)).toEqual(forbidden("too long a string", "", 1))
  })

  test("256 KiB of document, or what the contract says", () => {
    const spaces = " ".repeat(256 * 1024 - 1)
    expect(parse(`${spaces}1`).ok).toBe(true)
    expect(parse(`${spaces}11`)).toEqual({ ok: false, error: { code: "INPUT_TOO_LARGE", limit: 262_144 } })
    expect(parse("1000", { ...jsonLimits, bytesMax: 3 })).toEqual({
      ok: false,
      error: { code: "INPUT_TOO_LARGE", limit: 3 },
    })
  })
})
