import { describe, expect, test } from "vitest"
import { projectPolicyFields, type Json, type JsonSchema } from "@counterfoil/contracts"
import { cedarTypeOf, inputShapeOf, toCedar } from "./input-shape.ts"

const closed = (properties: JsonSchema, ...required: readonly string[]): JsonSchema => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
})
const counted = { type: "array", items: { type: "string" }, "x-marks": ["counted"] }
const schema = closed(
  {
    files: { ...counted, items: closed({ name: { type: "string" } }, "name") },
    until: { type: "string", "x-marks": ["dated"] },
    limits: closed({ waived: counted, note: { type: "string" } }, "waived", "note"),
  },
  "files",
  "until",
)

const seenOf = (input: Json) => {
  const shape = inputShapeOf(schema)
  if (!shape.ok) throw new Error(shape.error)
  return toCedar(shape.value, projectPolicyFields(schema, input))
}
const until = "2026-11-21T10:00:00.000Z"

describe("what rules read of an input", () => {
  test("of a counted list they read how many it holds, of a dated time its seconds", () => {
    const files = [{ name: "a" }, { name: "b" }]
    expect(seenOf({ files, until })).toEqual({ files: 2, until: 1_795_255_200 })
    expect(seenOf({ files: [], until, limits: { waived: ["x"], note: "n" } })).toEqual({
      files: 0,
      limits: { waived: 1 },
      until: 1_795_255_200,
    })
  })

  test("both are numbers to rules, and an object is there when one of its lists is counted", () => {
    const shape = inputShapeOf(schema)
    expect(shape.ok && cedarTypeOf(shape.value)).toEqual({
      type: "Record",
      attributes: {
        files: { type: "Long", required: true },
        limits: {
          type: "Record",
          attributes: { waived: { type: "Long", required: true } },
          required: false,
        },
        until: { type: "Long", required: true },
      },
    })
  })

  test("INV-04 what is not a list or not a time fits no shape, so that it is denied", () => {
    expect(seenOf({ files: { $from: "listing", at: "" }, until })).toBeNull()
    expect(seenOf({ files: [], until: "tomorrow" })).toBeNull()
  })

  test.each([
    [
      "a text is not counted",
      { type: "string", "x-marks": ["counted"] },
      "/field: policy counts lists alone",
    ],
    [
      "a number is not dated",
      { type: "integer", "x-marks": ["dated"] },
      "/field: policy reads times from text alone",
    ],
  ])("%s", (_what, field, error) => {
    const other: JsonSchema = { type: "object", properties: { field } }
    expect(inputShapeOf(other)).toEqual({ ok: false, error })
  })
})

const time = { kind: "time" } as const

test("a time that policy compares is an instant that exists, in seconds; any other text does not fit", () => {
  const at = Date.parse("2026-11-21T08:00:00Z") / 1000
  for (const text of [
    "2026-11-21T08:00:00Z",
    "2026-11-21T10:00:00.999999+02:00",
    "2026-11-21T08:00:00.5Z",
    "2026-11-21T08:00:00.123456789Z",
  ])
    expect([text, toCedar(time, text)]).toEqual([text, at])
  // All of these are numbers to `Date.parse`, some of another day than they say.
  for (const text of [
    "5",
    "2026-02-30T00:00:00Z",
    "2026-11-21",
    "2026-11-21T08:00:00",
    "21 Nov 2026",
    "2026",
  ])
    expect([text, toCedar(time, text)]).toEqual([text, null])
})
