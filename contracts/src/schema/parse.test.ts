import { describe, expect, test } from "vitest"
import { z } from "zod"
import { parseWith } from "./parse.ts"

const issuesOf = (schema: z.ZodType, value: unknown) => {
  const parsed = parseWith(schema, value)
  return parsed.ok ? [] : parsed.error.map(({ at, code, message }) => `${at} ${code}: ${message}`)
}

describe("a required field that is absent", () => {
  test.each([
    ["a text", z.string().regex(/a/)],
    ["one of several words", z.enum(["whole", "head"])],
    ["one fixed value", z.literal("head")],
    ["one of several types", z.union([z.string(), z.int()])],
    ["one of several objects", z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("a") })])],
    ["any JSON", z.json()],
    ["what a function looks at", z.custom((value) => value === 1)],
    ["a list", z.array(z.string())],
  ])("is missing, where it has to be %s", (_says, schema) => {
    expect(issuesOf(z.strictObject({ place: schema }), {})).toEqual([
      "/place missing: This field is required.",
    ])
    expect(issuesOf(z.strictObject({ place: schema }), { place: { kind: 7n } }).join()).not.toContain(
      "missing",
    )
  })

  test("is missing in the one option of several that the value fits otherwise", () => {
    const kinds = z.discriminatedUnion("kind", [z.strictObject({ kind: z.literal("a"), n: z.int() })])
    expect(issuesOf(kinds, {})).toEqual(["/kind missing: This field is required."])
    expect(issuesOf(kinds, { kind: "a" })).toEqual(["/n missing: This field is required."])
    const as = z.union([
      z.strictObject({ contract: z.string(), input: z.string() }),
      z.strictObject({ draft: z.string() }),
    ])
    const refused = "/as value: This value is not allowed here."
    expect(issuesOf(z.strictObject({ as }), { as: { contract: "c" } })).toEqual([
      "/as/input missing: This field is required.",
    ])
    expect(issuesOf(z.strictObject({ as }), { as: {} })).toEqual([refused])
    expect(issuesOf(z.strictObject({ as }), { as: { contract: 1 } })).toEqual([refused])
  })

  test("is not a value that is there and not allowed, nor one that only looks inherited", () => {
    const place = z.strictObject({ place: z.enum(["whole", "head"]) })
    expect(issuesOf(place, { place: "tail" })).toEqual(["/place value: This value is not allowed here."])
    expect(issuesOf(place, { place: null })).toEqual(["/place value: This value is not allowed here."])
    expect(issuesOf(z.object({ constructor: z.enum(["a"]) }), {})).toEqual([
      "/constructor missing: This field is required.",
    ])
  })
})
