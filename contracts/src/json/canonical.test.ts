import canonicalize from "canonicalize"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonical, canonicalBytes, inCanonicalOrder } from "./canonical.ts"
import type { Json } from "./json.ts"

/** The double with these 64 bits, as RFC 8785 Appendix B names its examples. */
function double(bits: string): number {
  return new DataView(Uint8Array.fromHex(bits).buffer).getFloat64(0)
}

describe("INV-08 one value has one spelling (RFC 8785)", () => {
  test("the example of section 3.2.2 and 3.2.3", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"/",
      literals: [null, true, false],
    }
    expect(canonical(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  test("the bytes of section 3.2.4", () => {
    expect(canonicalBytes({ "\u20ac": 1, "\r": 2, "1": 3 }).toHex()).toBe(
      "7b225c72223a322c2231223a332c22e282ac223a317d",
    )
  })

  test("keys sort by UTF-16 code units, as in the example of section 3.2.3", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    }
    expect(Object.values(JSON.parse(canonical(value)) as Record<string, string>).toSorted()).toHaveLength(7)
    expect([...canonical(value).matchAll(/:"([^"]+)"/g)].map((match) => match[1])).toEqual([
      "Carriage Return",
      "One",
      "Control",
      "Latin Small Letter O With Diaeresis",
      "Euro Sign",
      "Emoji: Grinning Face",
      "Hebrew Letter Dalet With Dagesh",
    ])
  })

  test.each([
    ["0000000000000000", "0"],
    ["8000000000000000", "0"],
    ["0000000000000001", "5e-324"],
    ["8000000000000001", "-5e-324"],
    ["7fefffffffffffff", "1.7976931348623157e+308"],
    ["ffefffffffffffff", "-1.7976931348623157e+308"],
    ["4340000000000000", "9007199254740992"],
    ["c340000000000000", "-9007199254740992"],
    ["4430000000000000", "295147905179352830000"],
    ["44b52d02c7e14af5", "9.999999999999997e+22"],
    ["44b52d02c7e14af6", "1e+23"],
    ["44b52d02c7e14af7", "1.0000000000000001e+23"],
    ["444b1ae4d6e2ef4e", "999999999999999700000"],
    ["444b1ae4d6e2ef4f", "999999999999999900000"],
    ["444b1ae4d6e2ef50", "1e+21"],
    ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
    ["3eb0c6f7a0b5ed8d", "0.000001"],
    ["41b3de4355555553", "333333333.3333332"],
    ["41b3de4355555554", "333333333.33333325"],
    ["41b3de4355555555", "333333333.3333333"],
    ["41b3de4355555556", "333333333.3333334"],
    ["41b3de4355555557", "333333333.33333343"],
    ["becbf647612f3696", "-0.0000033333333333333333"],
    ["43143ff3c1cb0959", "1424953923781206.2"],
  ])("the double %s of appendix B is written %s", (bits, text) => {
    expect(canonical(double(bits))).toBe(text)
  })
})

describe("INV-08 another implementation of RFC 8785", () => {
  test("spells every JSON value alike", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: "binary" }), (value) => {
        expect(canonical(value as Json)).toBe(canonicalize(value))
      }),
      { numRuns: 2_000 },
    )
  })

  test("a value put in order is the same value, and its plain text is the canonical one", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const ordered = inCanonicalOrder(value as Json)
        expect(ordered).toEqual(value)
        expect(canonical(ordered)).toBe(canonical(value as Json))
      }),
    )
    const given = { b: [{ d: 1, c: 2 }], a: 1 }
    expect(JSON.stringify(inCanonicalOrder(given))).toBe('{"a":1,"b":[{"c":2,"d":1}]}')
    const sorted = { a: 1, b: { c: 2 } }
    expect(inCanonicalOrder(sorted)).toBe(sorted)
  })

  test("spells a value alike for every order and kind of its object", () => {
    const bare: unknown = Object.assign(Object.create(null), {
      b: [-0, 1e21],
      a: { "\u2028": "\u007f", "10": 1, "9": 2 },
    })
    expect(canonical(bare as Json)).toBe('{"a":{"10":1,"9":2,"\u2028":"\u007f"},"b":[0,1e+21]}')
    expect(canonicalize(bare)).toBe(canonical(bare as Json))
  })

  test("spells keys that no object keeps in order, many keys, and text that looks like a surrogate", () => {
    const odd: unknown = JSON.parse(
      '{"__proto__":{"b":1,"a":2},"c":{"z":"\\\\ud800","10":[{"b":1,"a":"\\\\"}],"9":0}}',
    )
    const many = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`k${index * 7}`, { b: 1, a: index }]),
    )
    for (const value of [odd, many, { ...many, odd }])
      expect(canonical(value as Json)).toBe(canonicalize(value))
  })
})

describe("INV-08 what JSON cannot hold is a bug, never a silent rewrite", () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)

  test.each<[string, unknown]>([
    ["undefined", undefined],
    ["undefined in an object", { a: undefined }],
    ["undefined in an array", [undefined]],
    ["a hole in an array", Array(1)],
    ["NaN of appendix B", double("7fffffffffffffff")],
    ["infinity of appendix B", double("7ff0000000000000")],
    ["a BigInt", 1n],
    ["a function", () => 1],
    ["a symbol", Symbol("a")],
    ["a Map", new Map([["a", 1]])],
    ["a Date", new Date(0)],
    ["bytes", new Uint8Array(1)],
    ["a boxed string", Object("a")],
    ["a lone surrogate", "\ud800"],
    ["a lone surrogate as a key", { "\udc00": 1 }],
    ["an array that holds itself", cyclic],
  ])("%s is refused", (_, value) => {
    expect(() => canonical(value as Json)).toThrow("INV-08")
    expect(() => canonical({ deep: [value as Json] })).toThrow("INV-08")
  })
})
