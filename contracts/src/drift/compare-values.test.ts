import { describe, expect, test } from "vitest"
import type { JsonSchema } from "../schema/schema.ts"
import type { Json } from "../json/json.ts"
import { compareValues } from "./compare-values.ts"
import type { Part } from "./rules.ts"

const text = { type: "string" }
const unknownToRules = { allOf: [{ type: "object", additionalProperties: false }, { required: ["b"] }] }
const object = (properties: JsonSchema, more: JsonSchema = {}): JsonSchema => ({
  type: "object",
  properties,
  additionalProperties: false,
  ...more,
})

const found = (part: Part, before: JsonSchema, after: JsonSchema) => {
  const { changes, unread } = compareValues(part, before, after)
  return [...changes.map(({ rule, at }) => `${rule} ${at}`), ...unread.map(({ at }) => `unread ${at}`)]
}

describe("a change that no rule can decide is not checked, and never passes in silence", () => {
  const open = { type: "object", properties: { title: text, a: text } }
  test.each<[string, JsonSchema, JsonSchema]>([
    [
      "names are refused by a keyword without a rule",
      object({ a: text }),
      object({ a: text }, { propertyNames: { not: { const: "a" } } }),
    ],
    [
      "names have to have a format",
      object({ a: text }),
      object({ a: text }, { propertyNames: { type: "string", format: "uri" } }),
    ],
    ["listed texts become a format", { enum: ["a", "b"] }, { type: "string", format: "uri" }],
    [
      "a listed object becomes one with a format inside",
      { enum: [{ a: "b" }] },
      object({ a: { type: "string", format: "uri" } }),
    ],
    [
      "a pattern of names that looks like an annotation gets another type",
      { type: "object", patternProperties: { "x-": text } },
      { type: "object", patternProperties: { "x-": { type: "integer" } } },
    ],
    [
      "a field called like an annotation begins to require another",
      { ...open, dependentRequired: {} },
      { ...open, dependentRequired: { title: ["a"] } },
    ],
    [
      "what a field called like an annotation brings with it changes",
      { ...open, dependentSchemas: { default: { required: ["a"] } } },
      { ...open, dependentSchemas: { default: { required: ["title"] } } },
    ],
    [
      "a definition elsewhere changes",
      { $ref: "#/definitions/title", definitions: { title: text } },
      { $ref: "#/definitions/title", definitions: { title: { type: "integer" } } },
    ],
    [
      "what a dynamic reference leads to changes",
      object({ a: { $dynamicRef: "#t" } }, { $defs: { t: { $dynamicAnchor: "t", ...text } } }),
      object({ a: { $dynamicRef: "#t" } }, { $defs: { t: { $dynamicAnchor: "t", type: "integer" } } }),
    ],
    ["a keyword gets a value that it cannot have", text, { type: "string", minLength: "5" }],
    ["elements are listed as they once were", { type: "array", items: {} }, { type: "array", items: [text] }],
  ])("%s", (_says, before, after) => {
    expect(found("input", before, after).join()).toContain("unread")
  })
})

test("a closed object that allows no name any more takes nothing", () => {
  expect(found("input", object({ a: text }), object({ a: text }, { propertyNames: false }))).toEqual([
    "C017 /input/a",
  ])
})

test("a field that its own object never allowed makes no difference", () => {
  const names = { propertyNames: { type: "string", maxLength: 1 } }
  expect(
    found("input", object({ a: text, ab: text }, names), object({ ab: text, a: { anyOf: [text] } }, names)),
  ).toEqual([])
})

describe("what fields of variants mean is compared variant by variant", () => {
  const variants = (of: { readonly [kind: string]: JsonSchema }): JsonSchema => ({
    oneOf: Object.entries(of).map(([kind, n]): Json =>
      object({ k: { const: kind }, n }, { required: ["k"] }),
    ),
  })
  const [euro, dollar] = [
    { type: "number", "x-unit": "EUR" },
    { type: "number", "x-unit": "USD" },
  ]
  const [name, personal] = [text, { ...text, "x-marks": ["pii"] }]

  test("two variants that swap their units", () => {
    expect(found("output", variants({ a: euro, b: dollar }), variants({ a: dollar, b: euro }))).toEqual([
      "C027 /output/n",
      "C027 /output/n",
    ])
  })

  test("two variants that swap a mark", () => {
    expect(found("input", variants({ a: personal, b: name }), variants({ a: name, b: personal }))).toEqual([
      "C037 /input/n",
      "C037 /input/n",
    ])
  })

  test("a default of a later variant", () => {
    const other = (fallback: number) =>
      variants({ a: { ...euro, default: 1 }, b: { ...euro, default: fallback } })
    expect(found("input", other(1), other(9))).toEqual(["C022 /input/n"])
  })

  test("variants in another order mean the same", () => {
    expect(found("input", variants({ a: euro, b: dollar }), variants({ b: dollar, a: euro }))).toEqual([])
  })
})

test("types that hold each other are compared once each, in time that their number does not blow up", () => {
  const names = Array.from({ length: 8 }, (_, index) => `d${index}`)
  const all = (leaf: JsonSchema): JsonSchema => {
    const others = Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/${name}` }]))
    return object(
      { a: { $ref: "#/$defs/d0" } },
      {
        $defs: Object.fromEntries(
          names.map((name) => [name, object({ v: name === "d7" ? leaf : text, ...others })]),
        ),
      },
    )
  }
  const changed = found("input", all(text), all({ ...text, minLength: 1, "x-unit": "EUR" }))
  expect(changed.length).toBeLessThan(20)
  expect(changed.join()).toContain("C020 /input/a/")
})

describe("what no rule reads and what did not change", () => {
  test("names whose schema no rule reads leave the rest comparable", () => {
    const names = { propertyNames: { pattern: "^a" } }
    expect(found("input", object({ a: text }, names), object({ a: text, ab: text }, names))).toEqual([
      "C011 /input/ab",
    ])
  })

  test("leaves the rest of an answer comparable", () => {
    expect(found("output", object({ a: unknownToRules }), object({ a: unknownToRules, b: text }))).toEqual([
      "C011 /output/b",
    ])
  })
})

describe("a pattern that cannot be compared", () => {
  const behind = { type: "string", pattern: "(?<=a)b$" }
  const ab = { type: "string", pattern: "ab$" }

  test("is risky where it may break callers or readers, and safe where it cannot", () => {
    expect(found("input", behind, text)).toEqual(["C021 /input"])
    expect(found("output", behind, text)).toEqual(["C048 /output"])
    expect(found("input", text, behind)).toEqual(["C048 /input"])
    expect(found("output", text, behind)).toEqual(["C020 /output"])
    expect(found("payload", behind, ab)).toEqual(["C048 /payload"])
  })

  test("is found in the names of a map", () => {
    const named = (propertyNames: JsonSchema): JsonSchema => ({ type: "object", propertyNames })
    expect(found("input", named(text), named(behind))).toEqual(["C048 /input/*name"])
    expect(found("output", named(behind), named(text))).toEqual(["C048 /output/*name"])
  })

  test("is named in the sentence", () => {
    const [change] = compareValues("input", ab, behind).changes
    expect(change?.detail).toBe("The pattern (?<=a)b$ cannot be compared with another one")
  })

  test("that stays has no finding, even when something else changes", () => {
    expect(found("input", object({ a: behind }), object({ a: { ...behind, maxLength: 9 } }))).toEqual([
      "C020 /input/a",
    ])
    expect(found("input", object({ a: behind }), object({ a: behind, b: text }))).toEqual(["C011 /input/b"])
  })
})
