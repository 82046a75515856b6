// What the comparison of types does with schemas that zod does not write. The table itself, and the law that it never lets
// too much through, stand in test/planning, because they need the contracts' own parser.

import { describe, expect, test } from "vitest"
import type { JsonSchema } from "../schema/schema.ts"
import { misfit } from "./fit.ts"
import { typeOf } from "./schema-type.ts"

const side = (schema: JsonSchema) => ({ type: typeOf(schema), pii: false })
const into = (producer: JsonSchema, consumer: JsonSchema): string =>
  misfit(side(producer), side(consumer))?.code ?? "fits"

describe("a comparison of types", () => {
  test("never accepts keywords that are not known, but for the same ones", () => {
    const odd = { type: "string", contentEncoding: "base64" }
    expect(into({ type: "string" }, odd)).toBe("REF_UNDECIDABLE")
    expect(into(odd, { type: "string" })).toBe("REF_UNDECIDABLE")
    expect(into(odd, { ...odd })).toBe("fits")
  })

  test("does not take two references of one spelling for one type: they may lead to different places", () => {
    const one = { $ref: "#/$defs/a", if: {}, $defs: { a: { type: "string" } } }
    expect(into(one, { ...one, $defs: { a: { type: "integer" } } })).toBe("REF_UNDECIDABLE")
  })

  test("says where inside a value it does not fit", () => {
    const list = (item: JsonSchema): JsonSchema => ({
      type: "array",
      items: { type: "object", properties: { "a/b": item }, required: ["a/b"], additionalProperties: false },
    })
    expect(misfit(side(list({ type: "string" })), side(list({ type: "integer" })))?.inside).toBe("/0/a~1b")
  })

  test("ends for types that refer to themselves, in both answers", () => {
    const tree = (leaf: JsonSchema): JsonSchema => ({
      type: "object",
      properties: { leaf, kids: { type: "array", items: { $ref: "#" } } },
      required: ["leaf", "kids"],
      additionalProperties: false,
    })
    expect(into(tree({ type: "string" }), tree({ type: "string" }))).toBe("fits")
    expect(into(tree({ type: "string" }), tree({ type: "integer" }))).toBe("REF_TYPE")
  })
})
